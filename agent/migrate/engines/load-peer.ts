// Loads the app's own packages when an engine is used. If one is not installed, or in a version that the engine's
// adapter cannot work with, the failure says so. package.json asks for no version of these packages, since npm would
// refuse to install remsh in an app that has another version and uses remsh without migrations.
import path from "node:path";
import type * as MikroOrm from "@mikro-orm/core";
import type * as MikroOrmMigrations from "@mikro-orm/migrations";
import type * as MikroOrmPostgres from "@mikro-orm/postgresql";
import type * as Drizzle from "drizzle-orm";
import type * as DrizzleOnPg from "drizzle-orm/node-postgres";
import type * as Knex from "knex";
import type * as Kysely from "kysely";
import type * as NodePgMigrate from "node-pg-migrate";
import type * as Sequelize from "sequelize";
import type * as TypeOrm from "typeorm";
import type * as TypeOrmBuilder from "typeorm/connection/ConnectionMetadataBuilder.js";
import { readManifest } from "../../../shared/manifest.ts";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "../database/code-of.ts";
import { requireFrom } from "../../instance/require-from.ts";

/** The versions that the tests try: from this one on, and below this major version. */
const KNOWN = {
  "drizzle-orm": { from: "0.30.0", below: 1 },
  knex: { from: "3.0.1", below: 4 },
  kysely: { from: "0.27.0", below: 1 },
  "node-pg-migrate": { from: "7.9.0", below: 10 },
  "@mikro-orm/core": { from: "6.0.0", below: 7 },
  "@mikro-orm/migrations": { from: "6.0.0", below: 7 },
  "@mikro-orm/postgresql": { from: "6.0.0", below: 7 },
  sequelize: { from: "6.0.0", below: 7 },
  typeorm: { from: "0.3.0", below: 2 },
} as const;

/** A package that an engine loads. */
export type Peer = keyof typeof KNOWN;

/**
 * Loads the package. `from` is a file beside which it is installed.
 *
 * @throws TaskFailure (exit 78) when it is not installed, or has another version than the engine works with.
 */
export async function loadPeer<Module>(
  name: Peer,
  load: () => Promise<Module>,
  from = import.meta.url as string | undefined, // bundlers may leave it undefined
): Promise<Module> {
  const version = from === undefined ? undefined : versionOf(name, from);
  if (version !== undefined && !isKnown(name, version)) throw unknownVersion(name, version);
  try {
    return await load();
  } catch (cause) {
    const missing = codeOf(cause) === "ERR_MODULE_NOT_FOUND" && messageOf(cause).includes(`'${name}'`);
    if (!missing) throw cause;
    throw failure(name, `the package "${name}" is not installed`, cause);
  }
}

interface Modules {
  "@mikro-orm/core": typeof MikroOrm;
  "@mikro-orm/migrations": typeof MikroOrmMigrations;
  "@mikro-orm/postgresql": typeof MikroOrmPostgres;
  sequelize: typeof Sequelize;
  typeorm: typeof TypeOrm;
  "typeorm/connection/ConnectionMetadataBuilder.js": typeof TypeOrmBuilder;
  "drizzle-orm": typeof Drizzle;
  "drizzle-orm/node-postgres": typeof DrizzleOnPg;
  knex: typeof Knex;
  kysely: typeof Kysely;
  "node-pg-migrate": typeof NodePgMigrate;
}

/** Imports a module of such a package. A bundler does not see its name, and so does not miss the engines of others. */
export function importPeer<Name extends keyof Modules>(name: Name): Promise<Modules[Name]> {
  return import(/* webpackIgnore: true */ name) as Promise<Modules[Name]>;
}

/** Of the installed package; undefined if Node does not find it in a folder, as with Yarn's zip files. */
function versionOf(name: Peer, from: string): string | undefined {
  const folders = requireFrom(from).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const manifest = readManifest(path.join(folder, name));
    if (manifest) return manifest.version;
  }
  return undefined;
}

/** A pre-release counts as its version. */
function isKnown(name: Peer, version: string): boolean {
  const { from, below } = KNOWN[name];
  const [given, least] = [version, from].map((text) => text.split(/[.+-]/, 3).map(Number));
  const [major = 0] = given ?? [];
  const first = given?.findIndex((number, index) => number !== least?.[index]) ?? -1;
  return major < below && (first === -1 || (given?.[first] ?? 0) > (least?.[first] ?? 0));
}

function unknownVersion(name: Peer, version: string): TaskFailure {
  const { from, below } = KNOWN[name];
  const range = `">=${from} <${below}"`;
  return failure(name, `${name} ${version} is installed, and remsh works with ${range} (npm install ${name}@${range})`);
}

function failure(name: Peer, reason: string, cause?: unknown): TaskFailure {
  return new TaskFailure(`Cannot use the migrations of ${name}: ${reason}`, { exitCode: 78, cause });
}
