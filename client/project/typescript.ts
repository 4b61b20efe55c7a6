// Decides how Node runs a program of the app: JavaScript directly, TypeScript through what the app has for that, or by
// Node itself.
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isCommonJs, preloadsIn } from "../../shared/module-system.ts";
import { badConfiguration } from "../terminal/command-failure.ts";

/** From these versions on, Node itself runs TypeScript by removing the types. */
const STRIPS_TYPES = { 22: 18, 23: 6 } as const;

/** True for a file extension of TypeScript. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/**
 * The Node options that the app's files need: none if they are all JavaScript, or if `nodeArgs` name what compiles them.
 * Otherwise the app's own tsx, ts-node or swc-node, and Node itself if the app has none of them.
 *
 * @throws CommandFailure 78 when one of the files is TypeScript and nothing could run it.
 */
export function typeScriptOptions(root: string, files: readonly string[], nodeArgs: readonly string[]): string[] {
  const file = files.find(isTypeScript);
  if (file === undefined || compilesTypeScript(nodeArgs)) return [];
  const tsx = resolve("tsx", root);
  if (tsx !== undefined) return ["--import", pathToFileURL(tsx).href];
  const found = isCommonJs(file) ? requiredCompiler(root) : importedCompiler(root);
  if (found) return found;
  if (stripsTypes()) return [];
  throw badConfiguration(
    `Cannot run "${path.relative(root, file)}": it is TypeScript, and Node ${process.versions.node} runs only JavaScript (npm install tsx)`,
  );
}

/** Packages that compile TypeScript when they are preloaded. */
const COMPILERS =
  /(^|\/)(tsx|ts-node|@swc-node\/register|@swc\/register|@babel\/register|esbuild-register|sucrase|jiti|@oxc-node\/core|amaro)($|\/)/;

function compilesTypeScript(nodeArgs: readonly string[]): boolean {
  if (nodeArgs.some((word) => /^--experimental-(strip|transform)-types$/.test(word))) return true;
  const options = ["-r", "--require", "--import", "--loader", "--experimental-loader"];
  return preloadsIn(nodeArgs, options).some((name) => COMPILERS.test(name));
}

function requiredCompiler(root: string): string[] | undefined {
  const compiler = resolve("ts-node/register", root) ?? resolve("@swc-node/register", root);
  return compiler === undefined ? undefined : ["--require", compiler];
}

function importedCompiler(root: string): string[] | undefined {
  const loader = resolve("ts-node/esm", root);
  if (loader !== undefined) return ["--loader", pathToFileURL(loader).href];
  const compiler = resolve("@swc-node/register/esm-register", root);
  return compiler === undefined ? undefined : ["--import", pathToFileURL(compiler).href];
}

/** The file that the app would import by this name, or undefined. */
export function resolve(name: string, root: string): string | undefined {
  try {
    return createRequire(path.join(root, "package.json")).resolve(name);
  } catch {
    return undefined; // not installed: the caller handles that
  }
}

function stripsTypes(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major === 22 || major === 23) return minor >= STRIPS_TYPES[major];
  return major > 23;
}
