// The programs that some tests drive and that are not npm packages. programs.json names the Debian package of each;
// .ci/run installs all of them.
import { existsSync } from "node:fs";
import path from "node:path";
import packages from "./programs.json" with { type: "json" };

/** The name of one of these programs. */
export type Program = keyof typeof packages;

/** Those of the programs that are not installed here. */
export function missingOf(programs: readonly Program[]): Program[] {
  const folders = (process.env.PATH ?? "").split(":");
  return programs.filter((program) => !folders.some((folder) => existsSync(path.join(folder, program))));
}

/** The line that installs them. */
export function installLine(programs: readonly Program[]): string {
  return `apt-get install ${[...new Set(programs.map((program) => packages[program]))].sort().join(" ")}`;
}

const NOTE = / \(NOT INSTALLED: ([^)]+)\)/;

/** The name of a test that is skipped because the programs are missing. */
export function skippedName(name: string, missing: readonly Program[]): string {
  return `${name} (NOT INSTALLED: ${missing.join(", ")})`;
}

/** The missing programs because of which a test of this name is skipped. */
export function missingIn(name: string): Program[] {
  return (NOTE.exec(name)?.[1]?.split(", ") ?? []) as Program[];
}
