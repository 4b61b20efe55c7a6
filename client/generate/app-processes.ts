// Finds the processes of the package beside the app itself: package.json's, the one that is added, and a Procfile's.
import { processNames } from "../../shared/processes.ts";
import { UsageError } from "../terminal/failure.ts";
import type { PackageJson } from "./package-json.ts";
import { procfile } from "./procfile.ts";
import type { Lost } from "./start/found-program.ts";
import { isComputed } from "./start/shell.ts";
import { readStartText, type StartScript } from "./start/start-script.ts";

/** The settings of a process, as package.json has them. */
export interface ProcessSettings {
  entry: string;
  nodeArgs?: string[];
  args?: string[];
  env?: Record<string, string>;
}

/** The processes beside the app. */
export interface AppProcesses {
  /** All names, also those that package.json has already. */
  names: string[];
  /** Those that package.json does not have yet. */
  added: Record<string, ProcessSettings>;
  /** What a Procfile has and is not taken over. */
  lost: Lost[];
}

/** The lines of a Procfile that are not processes of their own. */
const OF_THE_APP = ["web", "release"];

/** @throws UsageError when the process that is to be added has no entry. */
export function findProcesses(
  project: PackageJson,
  { process: named, entry }: { process?: string | undefined; entry: string },
): AppProcesses {
  const known = processNames(project.remsh);
  const found: AppProcesses = { names: known, added: {}, lost: [] };
  if (named !== undefined && !known.includes(named)) found.added[named] = { entry: `./${entry}` };
  for (const [name, text] of Object.entries(procfile(project.root))) {
    if (OF_THE_APP.includes(name) || known.includes(name) || name in found.added) continue;
    const read = readStartText(project, text, name);
    if ("reason" in read) found.lost.push({ what: `Procfile's "${name}: ${text}"`, instead: read.reason });
    else found.added[name] = settingsOf(read);
  }
  return { ...found, names: [...known, ...Object.keys(found.added)] };
}

/** The name of a process for `--app shop-worker` beside `shop`. */
export function processNamed(app: string, first: string): string {
  return app.startsWith(`${first}-`) ? app.slice(first.length + 1) : app;
}

/** @throws UsageError when a process cannot have that name. */
export function checkProcessName(name: string): string {
  if (/^[A-Za-z][\w.-]{0,40}$/.test(name)) return name;
  throw new UsageError(
    `Cannot use "${name}" as the name of a process: it must be letters, digits, dots and dashes, and begin with a letter`,
  );
}

function settingsOf({ file, nodeArgs, args, env }: StartScript): ProcessSettings {
  const known = Object.entries(env).filter(([, value]) => !isComputed(value));
  return {
    entry: `./${file}`,
    ...(nodeArgs.length > 0 && { nodeArgs }),
    ...(args.length > 0 && { args }),
    ...(known.length > 0 && { env: Object.fromEntries(known) }),
  };
}
