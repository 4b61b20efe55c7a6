// Maps between TypeScript sources and the files that a build makes from them.
import { existsSync } from "node:fs";
import path from "node:path";
import { compilerFolders } from "./compiler-folders.ts";

/** Where builds put their output, in addition to what the tsconfig files say. */
const OUTPUT_FOLDERS = ["dist", "build", "out", "lib"];
const SOURCE_FOLDERS = ["src", "source", "."];

/** A file that a build makes, and its source. Both are paths in the project. */
export interface CompiledFile {
  source: string;
  output: string;
}

/** A built file, and the folder that the build writes into: `dist`. */
export interface BuiltFile extends CompiledFile {
  folder: string;
}

/** The TypeScript file that a build makes this file from; undefined if there is none. */
export function compiledFrom(root: string, output: string): BuiltFile | undefined {
  const [, stem, kind = ""] = /^(.*)\.([cm]?)js$/.exec(path.normalize(output)) ?? [];
  if (stem === undefined) return undefined;
  const usual = OUTPUT_FOLDERS.map((outDir) => ({ outDir, rootDirs: [] }));
  for (const { outDir: folder, rootDirs } of [...compilerFolders(root), ...usual]) {
    if (!stem.startsWith(`${folder}/`)) continue;
    const rest = path.relative(folder, stem);
    const sources = [...rootDirs, ...SOURCE_FOLDERS].map((each) => path.join(each, `${rest}.${kind}ts`));
    const source = sources.find((each) => existsSync(path.join(root, each)));
    if (source !== undefined) return { source, output: path.normalize(output), folder };
  }
  return undefined;
}

/** The reverse: the file that the build makes of this source. `like` is a file whose source and output are known. */
export function compiledTo(source: string, like: CompiledFile): string | undefined {
  const [from, to] = withoutCommonEnd(path.dirname(like.source), path.dirname(like.output));
  const inSource = path.relative(from, source);
  return inSource.startsWith("..") ? undefined : path.join(to, inSource);
}

/** Removes the common end: `src/http` and `dist/http` become `src` and `dist`. */
function withoutCommonEnd(one: string, other: string): [string, string] {
  const ones = one.split("/");
  const others = other.split("/");
  while (ones.length > 0 && others.length > 0 && ones.at(-1) === others.at(-1)) {
    ones.pop();
    others.pop();
  }
  return [ones.join("/") || ".", others.join("/") || "."];
}
