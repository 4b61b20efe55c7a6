// Finds the file that `nest start` runs.
import { readFileSync } from "node:fs";
import path from "node:path";
import { isObject } from "../../../shared/messages/shape.ts";
import type { PackageJson } from "../package-json.ts";
import { resolveFile } from "../program-file.ts";
import type { Program, Refusal } from "./found-program.ts";

/** `nest start` builds, and runs what it has built: nest-cli.json says from which folder and which file. */
export function nest(words: readonly string[], project: PackageJson): Program | Refusal {
  const [named] = words.filter((word) => !word.startsWith("-"));
  if (named !== undefined) return { reason: `"nest start ${named}" names one of several apps` };
  const { entryFile = "main" } = readNestCli(project.root);
  const file = resolveFile(project.root, `dist/${entryFile}.js`);
  return file === undefined
    ? { reason: `there is no "src/${entryFile}.ts"` }
    : { file, nodeArgs: [], args: [], lost: [] };
}

function readNestCli(root: string): { entryFile?: string } {
  try {
    const content: unknown = JSON.parse(readFileSync(path.join(root, "nest-cli.json"), "utf8"));
    return isObject(content) && typeof content.entryFile === "string" ? { entryFile: content.entryFile } : {};
  } catch {
    return {}; // missing, or for Nest to report
  }
}
