// TypeScript that a build compiles: which source file becomes the file that runs.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "jsonc-parser";

/** Where builds put their files, beside what tsconfig.json says. */
const OUTPUT_FOLDERS = ["dist", "build", "out", "lib"];
const SOURCE_FOLDERS = ["src", "source", "."];

/** A file that a build makes, and what it is made from. Both are paths in the project. */
export interface CompiledFile {
  source: string;
  output: string;
}

/** The same, and the folder that the build writes into: `dist`. */
export interface BuiltFile extends CompiledFile {
  folder: string;
}

/** The TypeScript file that a build makes this one from; undefined where there is none. */
export function compiledFrom(root: string, output: string): BuiltFile | undefined {
  const [, stem, kind = ""] = /^(.*)\.([cm]?)js$/.exec(path.normalize(output)) ?? [];
  if (stem === undefined) return undefined;
  const { outDir, rootDir } = compilerFolders(root);
  const folder = [outDir, ...OUTPUT_FOLDERS].find((each) => each !== undefined && stem.startsWith(`${each}/`));
  if (folder === undefined) return undefined;
  const rest = path.relative(folder, stem);
  const sources = [rootDir, ...SOURCE_FOLDERS].map((each) => path.join(each ?? ".", `${rest}.${kind}ts`));
  const source = sources.find((each) => existsSync(path.join(root, each)));
  return source === undefined ? undefined : { source, output: path.normalize(output), folder };
}

/** What the build makes of this source: the reverse. `like` is a file whose two ends are known. */
export function compiledTo(source: string, like: CompiledFile): string | undefined {
  const [from, to] = withoutCommonEnd(path.dirname(like.source), path.dirname(like.output));
  const inSource = path.relative(from, source);
  return inSource.startsWith("..") ? undefined : path.join(to, inSource);
}

/** The folders as tsconfig.json names them. */
function compilerFolders(root: string): { outDir: string | undefined; rootDir: string | undefined } {
  const { compilerOptions = {} } = readTsconfig(root);
  return { outDir: folderIn(compilerOptions.outDir), rootDir: folderIn(compilerOptions.rootDir) };
}

function readTsconfig(root: string): { compilerOptions?: { outDir?: unknown; rootDir?: unknown } } {
  for (const name of ["tsconfig.build.json", "tsconfig.json"]) {
    const file = path.join(root, name);
    if (!existsSync(file)) continue;
    // It may have comments; what is broken in it is for tsc to tell.
    const content = parse(readFileSync(file, "utf8")) as { compilerOptions?: object } | undefined;
    if (content?.compilerOptions) return content;
  }
  return {};
}

function folderIn(value: unknown): string | undefined {
  return typeof value === "string" ? path.normalize(value).replace(/\/$/, "") : undefined;
}

/** `src/http` and `dist/http` are `src` and `dist`. */
function withoutCommonEnd(one: string, other: string): [string, string] {
  const ones = one.split("/");
  const others = other.split("/");
  while (ones.length > 0 && others.length > 0 && ones.at(-1) === others.at(-1)) {
    ones.pop();
    others.pop();
  }
  return [ones.join("/") || ".", others.join("/") || "."];
}
