// Finds the files that a step's words name, from the folder in which the step runs.
import path from "node:path";
import type { PackageJson } from "../package-json.ts";
import { resolveFile } from "../program-file.ts";
import { isComputed } from "./shell.ts";
import type { Step } from "./steps.ts";

/** Where a step runs. */
export interface Place {
  step: Pick<Step, "folder">;
  project: PackageJson;
}

/** The program's file that a word names, a path in the project; undefined if there is none. */
export function fileOf(word: string, { step, project }: Place): string | undefined {
  if (word === "" || isComputed(word)) return undefined;
  return resolveFile(project.root, path.isAbsolute(word) ? word : path.join(step.folder, word));
}
