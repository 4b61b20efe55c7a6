// Chooses the image's Node version: the one that the project asks for. The Node that runs now does not count, or the
// image would change with it.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { PackageJson } from "./package-json.ts";

/** The oldest version that remsh supports, and the default if the project names none. */
const OLDEST = 20;
const USUAL = 24;

/** The major version, from `.nvmrc`, `.node-version` or `"engines"`. */
export function nodeMajor({ root, content }: PackageJson): number {
  const written = [".nvmrc", ".node-version"].map((name) => path.join(root, name)).find((file) => existsSync(file));
  if (written !== undefined) {
    const [major] = /\d+/.exec(readFileSync(written, "utf8")) ?? [];
    if (major !== undefined) return atLeastOldest(Number(major));
  }
  const { engines } = content;
  const wanted = typeof engines === "object" && engines !== null && "node" in engines ? String(engines.node) : "";
  const [, from, major] = /^\s*(>=|>)?[\s^~=v]*(\d+)/.exec(wanted) ?? [];
  if (major === undefined) return USUAL;
  return from === undefined ? atLeastOldest(Number(major)) : Math.max(Number(major), USUAL);
}

function atLeastOldest(major: number): number {
  return Math.max(major, OLDEST);
}
