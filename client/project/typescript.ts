// Decides how Node runs a program of the app: JavaScript directly, TypeScript through the app's own tsx or by Node
// itself.
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { badConfiguration } from "../terminal/command-failure.ts";

/** From these versions on, Node itself runs TypeScript by removing the types. */
const STRIPS_TYPES = { 22: 18, 23: 6 } as const;

/** True for a file extension of TypeScript. */
export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/**
 * The Node options that the app's files need: none if they are all JavaScript.
 *
 * @throws CommandFailure 78 when one of them is TypeScript and nothing could run it.
 */
export function typeScriptOptions(root: string, files: readonly string[]): string[] {
  const file = files.find(isTypeScript);
  if (file === undefined) return [];
  const tsx = resolve("tsx", root);
  if (tsx !== undefined) return ["--import", pathToFileURL(tsx).href];
  if (stripsTypes()) return [];
  throw badConfiguration(
    `Cannot run "${path.relative(root, file)}": it is TypeScript, and Node ${process.versions.node} runs only JavaScript (npm install tsx)`,
  );
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
