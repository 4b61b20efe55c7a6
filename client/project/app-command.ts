// Builds the words that start Node as the app: its options, the agent's preload, the entry, the app's own words.
import { realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isCommonJs } from "../../shared/module-system.ts";
import { refuseBackslash } from "./loadable.ts";
import { inProject, type Project } from "./project.ts";
import { tasksSetting, type Settings } from "./settings.ts";
import { resolve, typeScriptOptions } from "./typescript.ts";

/** What makes the command. */
export interface AppOptions {
  project: Project;
  settings: Pick<Settings, "args" | "entry" | "nodeArgs">;
  /** The app's own arguments, after those of its settings. */
  words: readonly string[];
  /** NODE_OPTIONS of the app's environment. */
  nodeOptions: string | undefined;
}

/** Beside the bundle that contains this module: see build.mjs. */
const OWN_PRELOAD = path.join(__dirname, "register.js");

/** @throws CommandFailure 78 when the app is TypeScript that nothing here can run. */
export function appCommand({ project, settings: { args, entry, nodeArgs }, words, nodeOptions }: AppOptions): string[] {
  const tasks = tasksSetting(project);
  const files = tasks !== undefined ? [entry, inProject(project, tasks)] : [entry];
  // The agent's preload comes last: see agent/lifecycle/supervision.ts.
  const options = [...nodeArgs, ...typeScriptOptions(project.root, files, nodeArgs)];
  const isImported =
    !isCommonJs(realpathSync(entry)) || importsEntry([...options, ...(nodeOptions ?? "").split(/\s+/)]);
  return [...options, ...preloadFor(project, isImported ? entry : undefined), entry, ...args, ...words];
}

/**
 * The preload of the remsh that the app itself imports, so that only one remsh is loaded; this one's if the app imports
 * none. A CommonJS entry gets it with `--require`, because Node then loads the entry as if there were no preload: with
 * `--import` the entry would go through the loader of ES modules, which knows nothing of ts-node or babel.
 */
function preloadFor({ app, root }: Project, imported: string | undefined): string[] {
  const file = realpathSync(resolve("remsh/register", root) ?? OWN_PRELOAD);
  refuseBackslash(`start ${app}`, imported === undefined ? [file] : [file, imported]);
  return imported === undefined ? ["--require", file] : ["--import", pathToFileURL(file).href];
}

/** With such an option Node imports every entry, and what is required comes before what is imported. */
function importsEntry(options: readonly string[]): boolean {
  return options.some((word) => /^--(import|loader|experimental-loader)(=|$)/.test(word));
}
