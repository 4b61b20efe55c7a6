// Where a daemon's log is, and how it is kept from growing for ever. The app writes to the file itself, so that it goes on
// when its supervisor is killed; a full file is therefore copied and emptied, not renamed.
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  truncateSync,
} from "node:fs";
import path from "node:path";
import { makePrivateDirectory, runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import type { Project } from "./project.ts";
import { readLogSettings, type LogSettings } from "./settings.ts";

/** The variable by which `start` knows that its output is a log that it keeps. */
export const LOG_FILE = "REMSH_LOG_FILE";

/** How often the log is looked at. */
const LOOK_EVERY_MS = 1000;

/** The log of the app, which may not be there yet. */
export function logFile(project: Project, env: Environment): string {
  const { file } = readLogSettings(project);
  if (env[LOG_FILE]) return env[LOG_FILE];
  if (file !== undefined) return file;
  const name = env.REMSH_INSTANCE ? `${project.app}-${env.REMSH_INSTANCE}.log` : `${project.app}.log`;
  const own = path.join(project.root, "log", name);
  const runtime = path.join(runtimeDirectory(env), name);
  if (existsSync(own) || existsSync(runtime)) return existsSync(own) ? own : runtime;
  return isWritable(project.root) ? own : runtime;
}

/** Opens it for whoever appends to it. */
export function openLog(file: string, env: Environment): number {
  if (path.dirname(file) === runtimeDirectory(env)) makePrivateDirectory(path.dirname(file));
  else mkdirSync(path.dirname(file), { recursive: true });
  return openSync(file, "a", 0o600);
}

/** Keeps the log within its size until the process ends; without a log there is nothing to do. */
export function keepLog(project: Project, env: Environment): void {
  const file = env[LOG_FILE];
  if (!file) return;
  const settings = readLogSettings(project);
  setInterval(() => rotateWhenFull(file, settings), LOOK_EVERY_MS).unref();
}

function rotateWhenFull(file: string, { maxBytes, keep }: LogSettings): void {
  try {
    if (statSync(file).size < maxBytes) return;
    for (let number = keep - 1; number > 0; number--) {
      if (existsSync(`${file}.${number}`)) renameSync(`${file}.${number}`, `${file}.${number + 1}`);
    }
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  } catch {
    // A full disk, or a folder that is gone: the log grows on, and the next look tries again.
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
