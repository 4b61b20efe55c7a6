// Lists the running processes of an app that `start` has started here, from the records of their supervisors.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkPrivateDirectory, runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import { otherDirectories } from "../find/other-directories.ts";
import { KnownProcess } from "../processes/known-process.ts";
import type { Project } from "../project/project.ts";
import { runtimeFile } from "../processes/runtime-file.ts";
import { recordFile, removeRecord, type ProcessMark, type SupervisionRecord } from "./supervision-record.ts";

/** A process of the app. */
export interface SupervisedApp extends Pick<SupervisionRecord, "instance" | "socket" | "isUp"> {
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
  return directories.flatMap((directory) => appsIn(directory, path.basename(recordPrefix(project, env))));
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
    const record = readRecord(file);
    const process = record && living(record.app);
    if (!process) {
      removeRecord(file);
      return [];
    }
    const { instance, socket, isUp, supervisor } = record;
    return [{ process, instance, socket, isUp, supervisor: living(supervisor), runtimeDirectory: directory }];
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

function readRecord(file: string): SupervisionRecord | undefined {
  try {
    // Written by this program in one piece; no other program writes in the directory.
    return JSON.parse(readFileSync(file, "utf8")) as SupervisionRecord;
  } catch {
    return undefined; // its supervisor has just removed it
  }
}

function living({ pid, start }: ProcessMark): KnownProcess | undefined {
  const known = new KnownProcess(pid);
  return known.start === start && (known.state === "runs" || known.state === "suspended") ? known : undefined;
}
