// Chooses the command that migrates an app for which remsh/migrate has no engine.
import type { EngineName } from "./engine-name.ts";
import type { BeforeApp } from "./start/before-app.ts";

/** A command that `Release.migrate` runs. */
export interface MigratingCommand {
  text: string;
  /** True if its program is found in node_modules/.bin only, as in a script of package.json. */
  isInModules: boolean;
  /** True if PostgreSQL's lock can protect it. */
  hasLock: boolean;
}

/** The start script's own commands. A command that nobody has run at a start is only proposed (./advice.ts). */
export function migratingCommand(before: readonly BeforeApp[], hasLock: boolean): MigratingCommand | undefined {
  const own = before.filter(({ kind }) => kind === "migrates");
  const isInModules = own.some((each) => each.isInModules);
  return own.length > 0 ? { text: own.map(({ text }) => text).join(" && "), isInModules, hasLock } : undefined;
}

/** True if `Release.migrate` does what this command of the start script does. */
export function isOfRelease({ engine, command, migrates }: Migrating, { kind, engine: own }: BeforeApp): boolean {
  if (kind !== "migrates" || !migrates) return false;
  return engine === undefined ? command !== undefined : own === engine.name;
}

interface Migrating {
  engine: { name: EngineName } | undefined;
  command: MigratingCommand | undefined;
  migrates: boolean;
}
