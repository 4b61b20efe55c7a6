// Determines which app this process runs: its package.json, and the variables that are meant for it.
import { existsSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";
import { findManifest, isEntryOf, manifestHere, type Manifest } from "../../shared/manifest.ts";
import { settingsFor } from "../../shared/processes.ts";
import { givenProgram, programFile } from "./program-file.ts";

/** The app of this process. */
export interface StartedApp {
  manifest: Manifest | undefined;
  /** The variables of this process. If another app has started it, those that name the other app are missing. */
  env: Environment;
}

/** What was started, and where. */
export interface Started {
  /** As in `process.argv`; undefined if the process has none. */
  program: string | undefined;
  /** The working directory. */
  folder: string;
  env: Environment;
}

const FIRST_FOLDER = workingDirectory();

/** Variables that `start` sets for the app, and that all programs inherit that the app starts. */
const OF_ONE_APP = ["REMSH_ROOT", "REMSH_FOLDER", "REMSH_APP", "REMSH_INSTANCE", "REMSH_SOCKET", "REMSH_VERSION"];

/** The working directory at the start: the app may change it later. */
export function firstFolder(): string {
  return FIRST_FOLDER;
}

/** The app of this process. @throws SyntaxError when its package.json is not JSON. */
export function startedApp(): StartedApp {
  return appOf({ program: givenProgram(), folder: FIRST_FOLDER, env: process.env });
}

/**
 * The app that REMSH_ROOT names, if it is set for this process; else the program's. A program in node_modules, such as
 * `next start` or a test runner, is not the app, unless its package has `"remsh"` settings: the app is then in the
 * working directory.
 *
 * @throws SyntaxError when package.json is not JSON.
 */
export function appOf(started: Started): StartedApp {
  const { env } = started;
  const { program, folder } = withoutPm2(started);
  const file = program === undefined ? undefined : (programFile(program) ?? existing(program));
  const own = file === undefined || isTool(file) ? undefined : findManifest(folderOf(file), file);
  if (!env.REMSH_ROOT) return ofInstance(own ?? findManifest(folder), env);
  const given = manifestHere(env);
  return isAnother({ own, given, file }) ? ofInstance(own, withoutNames(env)) : ofInstance(given, env);
}

/** With the settings of the process that this instance belongs to. */
function ofInstance(manifest: Manifest | undefined, env: Environment): StartedApp {
  return { manifest: manifest && { ...manifest, remsh: settingsFor(manifest.remsh, env.REMSH_INSTANCE) }, env };
}

/** A folder without a program, too: its package.json says which app that is. */
function existing(file: string): string | undefined {
  return existsSync(file) ? realpathSync(file) : undefined;
}

function isTool(file: string): boolean {
  return file.includes("/node_modules/") && findManifest(folderOf(file))?.remsh === undefined;
}

/** True if an app, whose variables this process has inherited, has started the program of another app. */
function isAnother({
  own,
  given,
  file,
}: Record<"own" | "given", Manifest | undefined> & { file?: string | undefined }) {
  if (own?.remsh === undefined || !given || isEntryOf(given, file)) return false;
  return own.root !== realpathSync(given.root) && own.name !== given.name;
}

function withoutNames(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OF_ONE_APP.includes(name)));
}

function folderOf(file: string): string {
  return statSync(file).isDirectory() ? file : path.dirname(file);
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/"; // it was removed
  }
}

/** What PM2 sets in the environment of an app: by themselves or, for a cluster's worker, as JSON in `pm2_env`. */
interface Pm2Variables {
  pm_exec_path?: string;
  pm_cwd?: string;
}

/**
 * The app's program and folder instead of PM2's, which starts a module that loads the program later. In
 * cluster mode, the working directory is at first PM2's own.
 */
function withoutPm2({ program, folder, env }: Started): Pick<Started, "program" | "folder"> {
  if (program === undefined || !/\/pm2\/lib\/ProcessContainer\w*\.js$/.test(program)) return { program, folder };
  const { pm_exec_path: file, pm_cwd: place } = env.pm2_env === undefined ? (env as Pm2Variables) : parse(env.pm2_env);
  return { program: file ?? program, folder: place ?? folder };
}

function parse(text: string): Pm2Variables {
  try {
    return JSON.parse(text) as Pm2Variables;
  } catch {
    return {};
  }
}
