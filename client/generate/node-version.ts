// Which Node the image has: the one that the project asks for, else the one that runs now.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { PackageJson } from "./package-json.ts";

/** The oldest that remsh runs on, and the newest with long-term support that this version was tried on. */
const OLDEST = 20;
const NEWEST = 24;

/** The major version, from `.nvmrc`, `.node-version` or `"engines"`. */
export function nodeMajor({ root, content }: PackageJson, running = process.versions.node): number {
  const written = [".nvmrc", ".node-version"].map((name) => path.join(root, name)).find((file) => existsSync(file));
  if (written !== undefined) {
    const [major] = /\d+/.exec(readFileSync(written, "utf8")) ?? [];
    if (major !== undefined) return atLeastOldest(Number(major));
  }
  const { engines } = content;
  const wanted = typeof engines === "object" && engines !== null && "node" in engines ? String(engines.node) : "";
  const [, from, major] = /^\s*(>=|>)?[\s^~=v]*(\d+)/.exec(wanted) ?? [];
  if (major !== undefined && from === undefined) return atLeastOldest(Number(major));
  const current = Math.min(Number.parseInt(running), NEWEST);
  return Math.max(current - (current % 2), Number(major ?? OLDEST), OLDEST);
}

function atLeastOldest(major: number): number {
  return Math.max(major, OLDEST);
}
