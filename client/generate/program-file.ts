// Finds the file that a word of a start script, or package.json's "main", means.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { isObject } from "../../shared/messages/shape.ts";
import { compiledFrom } from "./compiled.ts";

const EXTENSIONS = ["", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", "/index.js", "/index.ts"];

/**
 * The file of that name, with an extension added if it has none; it may be one that a build makes. For a folder, the
 * `main` of its package.json, as for `node .`.
 */
export function resolveFile(root: string, name: string): string | undefined {
  const main = mainOf(path.join(root, name));
  const inFolder = main === undefined ? undefined : resolveFile(root, path.join(name, main));
  if (inFolder !== undefined) return inFolder;
  const files = EXTENSIONS.map((extension) => path.normalize(`${name}${extension}`));
  return files.find((file) => isFile(path.join(root, file)) || compiledFrom(root, file) !== undefined);
}

/** What a folder's package.json names, unless it names the folder itself. */
function mainOf(folder: string): string | undefined {
  const file = path.join(folder, "package.json");
  if (!isFile(file)) return undefined;
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    const main = isObject(content) ? content.main : undefined;
    return typeof main === "string" && path.normalize(main).replace(/\/$/, "") !== "." ? main : undefined;
  } catch {
    return undefined; // another package.json than the app's, which has already been read
  }
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}
