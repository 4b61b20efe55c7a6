// Finds the module of the tasks: the one that package.json names, else a new one beside the entry.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../terminal/failure.ts";
import { compiledFrom, type CompiledFile } from "./compiled.ts";
import { pathIn, type PackageJson } from "./package-json.ts";

/** The language that a module is written in. */
export type Language = "typescript" | "esm" | "commonjs";

/** The module of the tasks. */
export interface TaskModule {
  /** The file that runs, as package.json names it: `release.js`, `dist/release.js`. */
  file: string;
  /** The file that is written: the same, or the source that a build compiles to it. */
  source: string;
  language: Language;
  /** The text of a module that exists and is named as the module of the tasks. */
  text: string | undefined;
}

/** What is known about the project at this point. */
interface Known {
  project: PackageJson;
  entry: string;
  /** `--tasks`. */
  option: string | undefined;
}

/**
 * @throws UsageError when `--tasks` or package.json names a file that cannot be one; CommandFailure 78 when
 * package.json names no path.
 */
export function findTaskModule({ project, entry, option }: Known): TaskModule {
  const { root, remsh } = project;
  const file = option === undefined ? pathIn(remsh, "tasks") : given(root, option);
  const compiled = compiledFrom(root, entry);
  if (file === undefined) {
    const { output, source } = compiled ? beside(compiled) : { output: besideEntry(entry), source: besideEntry(entry) };
    return { file: output, source, language: languageOf(source, project), text: undefined };
  }
  const source = sourceOf(root, file, compiled);
  return { file, source, language: languageOf(source, project), text: readText(path.join(root, source)) };
}

function given(root: string, option: string): string {
  const file = path.relative(root, path.resolve(option));
  if (!file.startsWith("..") && !path.isAbsolute(file)) return file;
  throw new UsageError(`Cannot take "${option}" for the module of the tasks: it is not in "${root}"`);
}

/** `dist/release.js` and `src/release.ts`, if the entry `dist/server.js` is made from `src/server.ts`. */
function beside({ source, output }: CompiledFile): CompiledFile {
  return { source: sibling(source, "ts"), output: sibling(output, "js") };
}

/** The module beside an entry that runs without a build; not in bin/ among the programs, nor in a package. */
function besideEntry(entry: string): string {
  const name = `release${/\.[cm]?[jt]s$/.exec(entry)?.[0] ?? ".js"}`.replace(".cts", ".ts");
  return /^(bin|node_modules)\//.test(entry) ? name : path.join(path.dirname(entry), name);
}

function sibling(file: string, end: "ts" | "js"): string {
  const [, kind = ""] = /\.([cm]?)[jt]s$/.exec(file) ?? [];
  return path.join(path.dirname(file), `release.${kind}${end}`);
}

/** The source of a file in package.json that a build has made, or will make. */
function sourceOf(root: string, file: string, entry: CompiledFile | undefined): string {
  const known = compiledFrom(root, file)?.source;
  if (known !== undefined || !entry || existsSync(path.join(root, file))) return known ?? file;
  const expected = beside(entry);
  return expected.output === file ? expected.source : file;
}

function languageOf(source: string, { content }: PackageJson): Language {
  const [, kind = "", type = "js"] = /\.([cm]?)([jt]s)$/.exec(source) ?? [];
  if (type === "ts") return "typescript";
  if (kind === "m") return "esm";
  return kind === "" && content.type === "module" ? "esm" : "commonjs";
}

/** The module's text, if it exists. @throws UsageError when it is not a file. */
export function readText(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  if (statSync(file).isFile()) return readFileSync(file, "utf8");
  throw new UsageError(`Cannot take "${file}" for the module of the tasks: it is not a file`);
}
