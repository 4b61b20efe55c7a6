// Tells how Node loads a file: as CommonJS or as an ES module, and whether a preload has changed how it loads CommonJS.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";
import { importModule } from "./import-module.ts";
import { typeIn } from "./manifest.ts";

/** Preloads that compile what `require` loads, and leave `import` alone. */
const COMPILES_REQUIRED =
  /(^|\/)(ts-node(\/register|\/dist|$)|@swc-node\/register(?!\/.*esm)|@swc\/register|@babel\/register|esbuild-register|sucrase\/register)/;

/** True if Node loads the file as CommonJS: by its extension, else by the "type" of the nearest package.json. */
export function isCommonJs(file: string): boolean {
  if (/\.c[jt]s$/.test(file)) return true;
  return !/\.m[jt]s$/.test(file) && typeIn(path.dirname(file)) !== "module";
}

/** The modules that the words of a command preload with one of the options. */
export function preloadsIn(words: readonly string[], options: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    const [option = "", value = words[index + 1] ?? ""] = /^(--[^=]+)=(.*)$/.exec(word)?.slice(1) ?? [word];
    return options.includes(option) ? [value] : [];
  });
}

/**
 * The exports of a module of the app's. A CommonJS module is required if a preload of this process compiles what is
 * required, as ts-node does; otherwise it is imported. With a `query`, Node imports it as another module.
 */
export async function loadModule(file: string, query = ""): Promise<Readonly<Record<string, unknown>>> {
  const isCompiled = preloadsIn(process.execArgv, ["-r", "--require"]).some((name) => COMPILES_REQUIRED.test(name));
  if (!isCompiled || !isCommonJs(file)) return importModule(`${pathToFileURL(file).href}${query}`);
  const exported: unknown = createRequire(file)(file);
  return { default: exported };
}
