// Reads package.json: the app's name and version, used if nothing else names them, and its configuration in "remsh".
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { messageOf } from "./message-of.ts";

/** The parts of package.json that remsh reads. */
export interface Manifest {
  /** The folder that package.json is in. */
  root: string;
  name: string | undefined;
  version: string | undefined;
  /** The value of `"remsh"`: `{ "tasks": "./release.ts", "app"?: "shop", … }`. */
  remsh: unknown;
}

/**
 * The names in `"remsh"`, as far as they are valid. For each there is an environment variable, which takes precedence.
 */
export interface ManifestNames {
  app?: string;
  instance?: string;
  socket?: string;
}

const NAMES = new Set(["app", "instance", "socket"]);

/** The names that `"remsh"` gives. */
export function namesIn({ remsh }: Pick<Manifest, "remsh">): ManifestNames {
  if (typeof remsh !== "object" || remsh === null) return {};
  const entries = Object.entries(remsh).filter(([key, value]) => NAMES.has(key) && typeof value === "string");
  return Object.fromEntries(entries);
}

/**
 * The nearest package.json in the folder or above it.
 *
 * @throws SyntaxError when there is one and it is not JSON.
 */
export function findManifest(from: string): Manifest | undefined {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const found = readManifest(folder);
    if (found || folder === path.dirname(folder)) return found;
  }
}

/** The package.json in the folder itself, if there is one. @throws SyntaxError when it is not JSON. */
export function readManifest(root: string): Manifest | undefined {
  const file = path.join(root, "package.json");
  let text: string;
  try {
    if (isSpecial(file)) return refuseSpecial(file);
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    return undefined; // no package.json in this folder: the next folder above is tried
  }
  const content = parse(text, file);
  const { name, version, remsh } = content;
  return {
    root,
    name: typeof name === "string" ? name : undefined,
    version: typeof version === "string" ? version : undefined,
    remsh,
  };
}

/** True for a pipe, for example: reading it would wait for a writer. */
function isSpecial(file: string): boolean {
  const stats = statSync(file);
  return !stats.isFile() && !stats.isDirectory();
}

function refuseSpecial(file: string): never {
  throw new SyntaxError(`Cannot read "${file}": it is not a file`);
}

function parse(text: string, file: string): { name?: unknown; version?: unknown; remsh?: unknown } {
  try {
    // Any JSON value except null can be destructured, and null is not a package.json.
    return (JSON.parse(text) ?? {}) as object;
  } catch (error) {
    throw new SyntaxError(`Cannot read "${file}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}
