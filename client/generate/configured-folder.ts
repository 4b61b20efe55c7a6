// Finds the folder of the migrations in an engine's own configuration file. The file is read, not run. If it computes
// the folder, the usual places are searched instead.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { EngineName } from "./engine-name.ts";

const STRING = `\\s*:\\s*["'\`]([^"'\`$]+)["'\`]`;

/** The file without its extension, and the pattern of the folder in it. */
const FILES: Partial<Record<EngineName, readonly [file: string, folder: RegExp]>> = {
  drizzle: ["drizzle.config", new RegExp(`\\bout${STRING}`)],
  knex: ["knexfile", new RegExp(`\\bmigrations\\s*:\\s*\\{[^}]*\\bdirectory${STRING}`)],
  prisma: ["prisma.config", new RegExp(`\\bmigrations\\s*:\\s*\\{[^}]*\\bpath${STRING}`)],
};

/** A path in the project, or undefined where no file names one. */
export function configuredFolder(engine: EngineName, root: string): string | undefined {
  const [base, pattern] = FILES[engine] ?? [];
  if (base === undefined || pattern === undefined) return undefined;
  const file = ["ts", "mts", "cts", "js", "mjs", "cjs"]
    .map((one) => path.join(root, `${base}.${one}`))
    .find((one) => existsSync(one));
  const found = file === undefined ? undefined : pattern.exec(readFileSync(file, "utf8"))?.[1];
  return found === undefined ? undefined : path.normalize(found).replace(/\/$/, "");
}
