// Chooses the command that migrates an app for which remsh/migrate has no engine.
import type { EngineName } from "./engine-name.ts";
import type { ForeignEngine } from "./foreign-engine.ts";
import type { BeforeApp } from "./start/before-app.ts";

/** A command that `Release.migrate` runs. */
export interface MigratingCommand {
  text: string;
  /** True if its program is found in node_modules/.bin only, as in a script of package.json. */
  isInModules: boolean;
  /** True if PostgreSQL's lock can protect it. */
  hasLock: boolean;
  /** Why it is a command, as part of a sentence; undefined if the start script has it. */
  reason?: string;
}

/** The start script's own commands, else the engine's. */
export function migratingCommand(
  before: readonly BeforeApp[],
  foreign: ForeignEngine | undefined,
  hasLock: boolean,
): MigratingCommand | undefined {
  const own = before.filter(({ kind }) => kind === "migrates");
  const isInModules = own.some((each) => each.isInModules);
  if (own.length > 0) return { text: own.map(({ text }) => text).join(" && "), isInModules, hasLock };
  if (!foreign?.isWhole) return undefined;
  return { text: foreign.command, isInModules: false, hasLock, reason: foreign.reason };
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
