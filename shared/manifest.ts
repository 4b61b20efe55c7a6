// Reads package.json: the app's name and version, used if nothing else names them, and its configuration in "remsh".
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import type { Environment } from "./addresses.ts";
import { messageOf } from "./message-of.ts";

/** The parts of package.json that remsh reads. */
export interface Manifest {
  /** The folder that package.json is in. */
  root: string;
  name: string | undefined;
  version: string | undefined;
  /** How Node loads the `.js` files of the package: `"module"` means as ES modules. */
  type?: string | undefined;
  /** The versions of Node that `"engines"` asks for: `>=20`. */
  engines?: string | undefined;
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
 * The package.json of the folder that REMSH_ROOT names, whatever that file says; else of the app in the working
 * directory.
 *
 * @throws SyntaxError when it is not JSON.
 */
export function manifestHere({ REMSH_ROOT: root }: Environment): Manifest | undefined {
  return root ? (readManifest(root) ?? findManifest(root)) : findManifest(process.cwd());
}

/**
 * The package.json of the app that the folder, or the program, belongs to. It is the nearest one, with these
 * exceptions. One without a name and without `"remsh"`, such as `{ "type": "commonjs" }`, belongs to a build's output.
 * So does one that the app's own build has copied there. And a package.json whose `"entry"` is the program is its app's
 * in any case.
 *
 * @throws SyntaxError when the nearest one is not JSON.
 */
export function findManifest(from: string, program?: string): Manifest | undefined {
  const nearest = namedManifest(from) ?? anyManifest(from);
  return nearest && (outerManifest(nearest, program) ?? nearest);
}

function namedManifest(from: string): Manifest | undefined {
  return search(from, ({ name, remsh }) => name !== undefined || remsh !== undefined);
}

function anyManifest(from: string): Manifest | undefined {
  return search(from, () => true);
}

/** The "type" of the nearest package.json, as Node reads it. */
export function typeIn(folder: string): string | undefined {
  try {
    return anyManifest(folder)?.type;
  } catch {
    return undefined; // it is not JSON, which the code that needs it reports
  }
}

function search(from: string, isWanted: (manifest: Manifest) => boolean): Manifest | undefined {
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const found = readManifest(folder);
    if (found && isWanted(found)) return found;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** The app's own package.json further up, if the nearest one belongs to a build's output. */
function outerManifest(nearest: Manifest, program: string | undefined): Manifest | undefined {
  const isCopy = nearest.name !== undefined && !isCheckout(nearest.root) && !hasItsFiles(nearest);
  if (isEntryOf(nearest, program) || (!isCopy && program === undefined)) return undefined;
  try {
    return search(path.dirname(nearest.root), (outer) => {
      return isEntryOf(outer, program) || (isCopy && outer.name === nearest.name);
    });
  } catch {
    return undefined; // a broken one further up is not this app's
  }
}

/** A worktree or a release inside another one has the same name, and is another app. */
function isCheckout(root: string): boolean {
  return existsSync(path.join(root, ".git")) || existsSync(path.join(root, "node_modules"));
}

/** A package.json that a build has copied names files that are not below its output. */
function hasItsFiles({ root, remsh }: Manifest): boolean {
  const { entry, tasks } = { entry: undefined, tasks: undefined, ...(remsh as object | undefined) };
  return [entry, tasks].some((file) => typeof file === "string" && existsSync(path.resolve(root, file)));
}

/** True if `"remsh": { "entry" }` names the program, which is given without symbolic links. */
export function isEntryOf({ root, remsh }: Manifest, program: string | undefined): boolean {
  const { entry } = { entry: undefined, ...(remsh as object | undefined) } as { entry: unknown };
  if (program === undefined || typeof entry !== "string") return false;
  try {
    return realpathSync(path.resolve(root, entry)) === program;
  } catch {
    return false; // there is no such file
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
  const { name, version, type, engines, remsh } = content;
  return {
    root,
    name: typeof name === "string" ? name : undefined,
    version: typeof version === "string" ? version : undefined,
    type: typeof type === "string" ? type : undefined,
    engines: nodesIn(engines),
    remsh,
  };
}

function nodesIn(engines: unknown): string | undefined {
  const { node } = { node: undefined, ...(engines as object | undefined) } as { node: unknown };
  return typeof node === "string" ? node : undefined;
}

/** True for a pipe, for example: reading it would wait for a writer. */
function isSpecial(file: string): boolean {
  const stats = statSync(file);
  return !stats.isFile() && !stats.isDirectory();
}

function refuseSpecial(file: string): never {
  throw new SyntaxError(`Cannot read "${file}": it is not a file`);
}

function parse(text: string, file: string): { [Field in "name" | "version" | "type" | "engines" | "remsh"]?: unknown } {
  try {
    // Any JSON value except null can be destructured, and null is not a package.json.
    const value: unknown = JSON.parse(text);
    return value ?? {};
  } catch (error) {
    throw new SyntaxError(`Cannot read "${file}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}
