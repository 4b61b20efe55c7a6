// Builds the words that start Node as the app: its options, the agent's preload, the entry, the app's own words.
import { realpathSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { inProject, type Project } from "./project.ts";
import { tasksSetting, type Settings } from "./settings.ts";
import { resolve, typeScriptOptions } from "./typescript.ts";

/** What makes the command. */
export interface AppOptions {
  project: Project;
  settings: Pick<Settings, "args" | "entry" | "nodeArgs">;
  /** The app's own arguments, after those of its settings. */
  words: readonly string[];
}

/** Beside the bundle that contains this module: see build.mjs. */
const OWN_PRELOAD = path.join(__dirname, "register.js");

/** @throws CommandFailure 78 when the app is TypeScript that nothing here can run. */
export function appCommand({ project, settings: { args, entry, nodeArgs }, words }: AppOptions): string[] {
  const tasks = tasksSetting(project);
  const files = tasks !== undefined ? [entry, inProject(project, tasks)] : [entry];
  // The agent's preload comes last: see agent/lifecycle/supervision.ts.
  const options = [...nodeArgs, ...typeScriptOptions(project.root, files), "--import", preloadFor(project)];
  return [...options, entry, ...args, ...words];
}

/**
 * The preload of the remsh that the app itself imports, so that only one remsh is loaded; this one's if the app imports
 * none.
 */
function preloadFor({ root }: Project): string {
  return pathToFileURL(realpathSync(resolve("remsh/register", root) ?? OWN_PRELOAD)).href;
}
