// Reads from which folder to which folder TypeScript compiles, from the project's tsconfig files.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parseTsconfig, type TsConfigJson } from "get-tsconfig";
import { parse } from "jsonc-parser";

/** One compilation. Both are paths in the project. */
export interface CompilerFolders {
  outDir: string;
  /** Where its sources may begin, the likeliest first. */
  rootDirs: readonly string[];
}

/** The likeliest first: the file for a build, then the file that editors read, then the files that it refers to. */
const NAMES = ["tsconfig.build.json", "tsconfig.prod.json", "tsconfig.json"];

/** Further files, each for one of several programs: `tsconfig.app.json`, `tsconfig.server.json`. */
const OTHERS = /^tsconfig\.(?!.*(test|spec|e2e|eslint|lint|base|types)).*\.json$/;

/** Every compilation of the project that names its output, the likeliest first. */
export function compilerFolders(root: string): CompilerFolders[] {
  const others = readdirSync(root).filter((name) => OTHERS.test(name));
  const files = [...NAMES, ...others].map((name) => path.join(root, name)).filter((file) => existsSync(file));
  const all = new Set(files.flatMap((file) => [file, ...referencesOf(file)]));
  return [...all].flatMap((file) => foldersIn(file, root) ?? []);
}

function foldersIn(file: string, root: string): CompilerFolders | undefined {
  const { compilerOptions: { outDir, rootDir } = {}, include, files } = read(file);
  const inProject = (name: string) => path.relative(root, path.resolve(path.dirname(file), name)) || ".";
  if (typeof outDir !== "string") return undefined;
  const sources = typeof rootDir === "string" ? [rootDir] : [...beginnings(include), ...beginnings(files), "."];
  return { outDir: inProject(outDir), rootDirs: sources.map(inProject) };
}

/** `server/**` begins at `server`. Without a rootDir, TypeScript uses the folder that all sources have in common. */
function beginnings(patterns: unknown): string[] {
  if (!Array.isArray(patterns)) return [];
  return patterns.map((pattern) => {
    const words = String(pattern).split("/");
    const end = words.findIndex((word) => /[*?]|\.[cm]?tsx?$/.test(word));
    return words.slice(0, end === -1 ? undefined : end).join("/") || ".";
  });
}

function referencesOf(file: string): string[] {
  const { references } = read(file);
  if (!Array.isArray(references)) return [];
  return references
    .map((reference) => path.resolve(path.dirname(file), reference.path))
    .map((named) => (isFolder(named) ? path.join(named, "tsconfig.json") : named))
    .filter((named) => existsSync(named));
}

/**
 * The file with what it extends. If that cannot be read, as before the packages are installed, only the file itself.
 */
function read(file: string): TsConfigJson {
  try {
    return parseTsconfig(file);
  } catch {
    // The file may have comments. Reporting its errors is left to tsc.
    return (parse(readFileSync(file, "utf8")) as TsConfigJson | undefined) ?? {};
  }
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
