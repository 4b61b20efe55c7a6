// Lists the running processes of an app that `start` has started here, from the records of their supervisors.
import { readdirSync } from "node:fs";
import path from "node:path";
import { checkPrivateDirectory, runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import { flag, list, object, optional, read, text } from "../../shared/messages/shape.ts";
import { otherDirectories } from "../find/other-directories.ts";
import { KnownProcess, processId } from "../processes/known-process.ts";
import { mayName, readOwnedFile } from "../processes/owned-file.ts";
import type { Project } from "../project/project.ts";
import { runtimeFile } from "../processes/runtime-file.ts";
import { recordFile, removeRecord, type ProcessMark, type SupervisionRecord } from "./supervision-record.ts";

const MARK = object<ProcessMark>({ pid: processId, start: optional(text) });
const RECORD = object<SupervisionRecord>({
  supervisor: MARK,
  app: MARK,
  instance: optional(text),
  socket: optional(text),
  isUp: optional(flag),
  words: optional(list(text)),
  added: optional(list(text)),
});

/** A process of the app. */
export interface SupervisedApp extends Pick<SupervisionRecord, "instance" | "socket" | "isUp" | "words" | "added"> {
  process: KnownProcess;
  /** The `start` that supervises it; undefined if that is gone. */
  supervisor: KnownProcess | undefined;
  runtimeDirectory: string;
}

/** The prefix of the names of all records of the app. */
export function recordPrefix({ root, app }: Pick<Project, "root" | "app">, env: Environment): string {
  return runtimeFile(env, "app", [root, app]);
}

/** The processes that run: in the caller's runtime directory and, unless that was chosen, in this user's other ones. */
export function supervisedApps(project: Pick<Project, "root" | "app">, env: Environment): SupervisedApp[] {
  const own = runtimeDirectory(env);
  const directories = env.REMSH_RUNTIME_DIR ? [own] : [own, ...otherDirectories(own, project.app)];
  const prefix = path.basename(recordPrefix(project, env));
  return eachOnce(directories.flatMap((directory) => appsIn(directory, prefix)));
}

/**
 * Each process once, even if two runtime directories have a record of it: one of the `start` that was killed, and one of
 * the `start` that took the app over.
 */
function eachOnce(apps: readonly SupervisedApp[]): SupervisedApp[] {
  const byPid = new Map<number, SupervisedApp>();
  for (const app of apps) {
    const known = byPid.get(app.process.pid);
    if (!known || (!known.supervisor && app.supervisor)) byPid.set(app.process.pid, app);
  }
  return [...byPid.values()];
}

/** Removes the record of an app that has ended. Its supervisor, if it lives, does so a moment later. */
export function forgetRecord({
  project,
  env,
  process,
}: {
  project: Project;
  env: Environment;
  process: KnownProcess;
}): void {
  removeRecord(recordFile(recordPrefix(project, env), process));
}

function appsIn(directory: string, prefix: string): SupervisedApp[] {
  const names = namesIn(directory).filter((name) => name.startsWith(`${prefix}-`) && !name.endsWith(".new"));
  return names.flatMap((name) => {
    const file = path.join(directory, name);
    const found = readRecord(file);
    const process = found && living(found.record.app, found.owner);
    if (!process) {
      removeRecord(file);
      return [];
    }
    const { supervisor: by, instance, socket, isUp, words, added } = found.record;
    const supervisor = living(by, found.owner);
    return [{ process, supervisor, instance, socket, isUp, words, added, runtimeDirectory: directory }];
  });
}

/** The files in the directory; empty if other users could put a file there. */
function namesIn(directory: string): string[] {
  try {
    checkPrivateDirectory(directory);
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function readRecord(file: string): { record: SupervisionRecord; owner: number } | undefined {
  try {
    const found = readOwnedFile(file);
    if (!found) return undefined;
    // The directory's owner may have written anything there.
    const record = read(RECORD, JSON.parse(found.text), (reason) => new SyntaxError(reason));
    return { record, owner: found.owner };
  } catch {
    return undefined; // its supervisor has just removed it, or it is not a record
  }
}

/** The process, if it lives and a file of that owner may name it. */
function living({ pid, start }: ProcessMark, owner: number): KnownProcess | undefined {
  const known = new KnownProcess(pid);
  // Without its start it may be another process, which the system has given the id since.
  if (known.start === undefined || known.start !== start || !mayName(owner, known)) return undefined;
  return known.state === "runs" || known.state === "suspended" ? known : undefined;
}
