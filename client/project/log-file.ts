// Finds and opens a daemon's log.
import { existsSync, openSync, statSync } from "node:fs";
import path from "node:path";
import { makePrivateDirectory, runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";
import { makeDirectory } from "../../shared/make-directory.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import { isWritable } from "./file-access.ts";
import type { Project } from "./project.ts";
import { readLogSettings } from "./settings.ts";

/** The variable that tells `start` that its output is a log whose size it limits. Neither hooks nor the app have it. */
export const LOG_FILE = "REMSH_LOG_FILE";

/** The log of the app, which may not exist yet. */
export function logFile(project: Project, env: Environment): string {
  const { file } = readLogSettings(project);
  if (file !== undefined) return file;
  const name = env.REMSH_INSTANCE ? `${project.app}-${env.REMSH_INSTANCE}.log` : `${project.app}.log`;
  const own = path.join(project.root, "log", name);
  const runtime = path.join(runtimeDirectory(env), name);
  if (existsSync(own) || existsSync(runtime)) return existsSync(own) ? own : runtime;
  return isWritable(project.root) ? own : runtime;
}

/**
 * Opens the log for appending.
 *
 * @throws CommandFailure 78 when it cannot be written; RpcError DENIED when it belongs in a runtime directory that is
 * not private to this user.
 */
export function openLog(file: string, env: Environment): number {
  try {
    if (path.dirname(file) === runtimeDirectory(env)) makePrivateDirectory(path.dirname(file));
    else makeDirectory(path.dirname(file));
    checkLog(file);
    return openSync(file, "a", 0o600);
  } catch (error) {
    if (error instanceof RpcError || !(error instanceof Error)) throw error;
    throw badConfiguration(`Cannot write the log "${file}": ${error.message}`);
  }
}

/**
 * A full log is emptied, so a file that is not a log must not become one. An existing file must belong to this user,
 * and its name or its folder's must say that it is a log.
 */
function checkLog(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isFile()) throw new Error("it is not a file");
  if (stats.uid !== (process.getuid?.() ?? stats.uid)) throw new Error(`it belongs to user ${stats.uid}`);
  if (!/\.log(\.|$)|\/logs?\//i.test(file))
    throw new Error("it is there already, and is no log (*.log, or in a folder log)");
}
