// What a running app was started with, as its processes and its record still tell: the environment, the words, the
// Node. `restart` starts the next process with the same.
import { realpathSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";
import type { KnownProcess } from "../processes/known-process.ts";
import { isExecutable } from "../project/file-access.ts";
import { givenEnvironment } from "../project/given-environment.ts";
import { inProject, type Project } from "../project/project.ts";
import type { RunningApp } from "./running-app.ts";
import { supervisedApps, type SupervisedApp } from "./supervised-apps.ts";

/** What the running app was started with. */
export interface StartedWith {
  /** The environment that its start was given; undefined if the system does not tell. */
  env: Environment | undefined;
  /** The name of the launcher that started it, if one did. */
  launcher: string | undefined;
  /** The path of its Node, if that can still be executed. */
  node: string | undefined;
  /** The app's own arguments; none if they are not known. */
  words: readonly string[];
}

/** The start of the running app. */
export function startedWith({ project, root, process, env }: RunningApp): StartedWith {
  // Another release than that on the disk may be running, from its own folder.
  const started = { app: project.app, root: root ?? project.root };
  const record = supervisedApps(started, env).find((each) => each.process.pid === process.pid);
  const given = record?.supervisor?.environment ?? withoutAdded(process, record);
  const { program } = process;
  return {
    env: given && givenEnvironment(given),
    launcher: given?.REMSH_PROGRAM,
    node: program !== undefined && isExecutable(program) ? program : undefined,
    words: record?.words ?? wordsAfterEntry(process.command, project),
  };
}

/** The app has what its start has added, too, and the next start adds that again. */
function withoutAdded({ environment }: KnownProcess, record: SupervisedApp | undefined): Environment | undefined {
  if (!environment) return undefined;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !record?.added?.includes(name)));
}

/** The words of a command such as `node --import remsh/register server.js --port 4000`. */
function wordsAfterEntry(command: readonly string[], project: Project): string[] {
  const { entry } = { entry: undefined, ...(project.manifest.remsh as object | undefined) } as { entry: unknown };
  if (typeof entry !== "string") return [];
  const file = inProject(project, entry);
  const at = command.findIndex((word, index) => index > 0 && isSame(path.resolve(project.root, word), file));
  return at < 0 ? [] : command.slice(at + 1);
}

function isSame(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false; // it is not a file
  }
}
