// Reads the settings of a migration engine as its own command line finds them: in its configuration file, and in the
// options of package.json's scripts.
import { existsSync } from "node:fs";
import path from "node:path";
import { isObject } from "../../../shared/messages/shape.ts";
import { UsageError } from "../../terminal/failure.ts";
import type { EngineName } from "../engine-name.ts";
import type { PackageJson } from "../package-json.ts";
import { isComputed, shellCommands } from "../start/shell.ts";
import { unwrap, programName } from "../start/wrappers.ts";
import { moduleValue } from "./module-value.ts";
import { UNKNOWN } from "./static-value.ts";

/** What an engine's own configuration says. */
export interface EngineSettings {
  /** The folder of the migrations, a path in the project. */
  folder?: string;
  /** Further options, as the functions of remsh/migrate have them. */
  options: Readonly<Record<string, unknown>>;
  /** The kind of database, as the engine names it. */
  database?: string;
}

interface EngineFiles {
  /** The configuration file without its extension, where its command line looks for it. */
  files: readonly string[];
  /** The place of the folder in it, and those of the options that decide what is applied. */
  folder: string;
  options: Readonly<Record<string, string>>;
  database?: string;
  /** Its command, and the options of it that say the same: the name of a place, or `file`. */
  program: string;
  flags: Readonly<Record<string, string>>;
}

const ENGINES: Partial<Record<EngineName, EngineFiles>> = {
  drizzle: {
    files: ["drizzle.config"],
    folder: "out",
    options: { "migrations.table": "migrationsTable", "migrations.schema": "migrationsSchema" },
    database: "dialect",
    program: "drizzle-kit",
    flags: { "--config": "file", "--out": "out" },
  },
  knex: {
    files: ["knexfile"],
    folder: "migrations.directory",
    options: Object.fromEntries(
      ["tableName", "schemaName", "loadExtensions", "sortDirsSeparately", "disableTransactions"].map((name) => [
        `migrations.${name}`,
        name,
      ]),
    ),
    database: "client",
    program: "knex",
    flags: {
      "--knexfile": "file",
      "--migrations-directory": "migrations.directory",
      "--migrations-table-name": "migrations.tableName",
    },
  },
  kysely: {
    files: ["kysely.config", ".config/kysely.config"],
    folder: "migrations.migrationFolder",
    options: Object.fromEntries(
      ["migrationTableName", "migrationLockTableName", "migrationTableSchema", "allowUnorderedMigrations"].map(
        (name) => [`migrations.${name}`, name],
      ),
    ),
    program: "kysely",
    flags: {},
  },
  prisma: {
    files: ["prisma.config", ".config/prisma"],
    folder: "migrations.path",
    options: {},
    program: "prisma",
    flags: { "--config": "file", "--schema": "schema" },
  },
  nodePgMigrate: {
    files: [],
    folder: "migrations-dir",
    options: { "migrations-table": "migrationsTable", "migrations-schema": "migrationsSchema", schema: "schema" },
    program: "node-pg-migrate",
    flags: {
      ...{ "-m": "migrations-dir", "--migrations-dir": "migrations-dir", "-t": "migrations-table" },
      ...{ "--migrations-table": "migrations-table", "--migrations-schema": "migrations-schema" },
      ...{ "-s": "schema", "--schema": "schema", "-f": "file", "--config-file": "file" },
    },
  },
};

const EXTENSIONS = ["ts", "mts", "cts", "js", "mjs", "cjs", "json"];
/** The environments of a knexfile, the likeliest for a release first. */
const ENVIRONMENTS = ["production", "staging", "development"];

/** @throws UsageError when only running the configuration file would tell where the migrations are. */
export function engineSettings(name: EngineName, project: PackageJson): EngineSettings {
  const engine = ENGINES[name];
  if (!engine) return { options: {} };
  const flags = flagsIn(project, engine);
  const file = configurationFile(project.root, engine, flags.get("file"));
  const read = file === undefined ? {} : environmentOf(moduleValue(path.join(project.root, file), project.root));
  const from = (place: string): unknown => flags.get(place) ?? valueAt(read, place);
  const known = (place: string): unknown => {
    const value = from(place);
    if (!isUnknown(value)) return value;
    throw new UsageError(
      `Cannot tell how ${engine.program} migrates: "${file}" computes its "${place}" (--migrations <folder>, if that is all that it says)`,
    );
  };
  const folder = known(engine.folder) ?? besideSchema(name, project, known);
  const options = Object.entries(engine.options).map(([place, option]) => [option, known(place)] as const);
  const database = engine.database === undefined ? undefined : from(engine.database);
  return {
    ...(typeof folder === "string" && {
      folder: inProject(project.root, folder, engine.program === "knex" ? file : undefined),
    }),
    options: Object.fromEntries(options.filter(([, value]) => value !== undefined)),
    ...(typeof database === "string" && { database }),
  };
}

/** Its paths begin where its command line runs; knex's at its file. */
function inProject(root: string, folder: string, file: string | undefined): string {
  return path.relative(root, path.resolve(root, path.dirname(file ?? "."), folder)) || ".";
}

/** Prisma's migrations are beside its schema, or in the folder of its schema files. */
function besideSchema(name: EngineName, { content }: PackageJson, known: (place: string) => unknown): unknown {
  if (name !== "prisma") return undefined;
  const { prisma } = content;
  const schema = known("schema") ?? (isObject(prisma) ? prisma.schema : undefined);
  if (typeof schema !== "string") return undefined;
  return path.join(schema.endsWith(".prisma") ? path.dirname(schema) : schema, "migrations");
}

function configurationFile(root: string, { files }: EngineFiles, named: unknown): string | undefined {
  const usual = files.flatMap((base) => EXTENSIONS.map((extension) => `${base}.${extension}`));
  return [...(typeof named === "string" ? [named] : []), ...usual].find((file) => existsSync(path.join(root, file)));
}

/** The options of the engine's command in the scripts of package.json, by the places that they stand for. */
function flagsIn({ scripts }: PackageJson, { program, flags }: EngineFiles): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const script of Object.values(scripts)) {
    for (const words of typeof script === "string" ? commandsIn(script) : []) {
      if (programName(words[0]) === program) readFlags(words, flags, found);
    }
  }
  return found;
}

function commandsIn(script: string): (readonly string[])[] {
  try {
    return shellCommands(script).map(({ words }) => unwrap(words).words);
  } catch {
    return []; // more than plain commands
  }
}

function readFlags(words: readonly string[], flags: EngineFiles["flags"], found: Map<string, unknown>): void {
  for (const [at, word] of words.entries()) {
    const [, flag = word, value = words[at + 1]] = /^(-{1,2}[\w-]+)=(.*)$/.exec(word) ?? [];
    const place = Object.hasOwn(flags, flag) ? flags[flag] : undefined;
    if (place !== undefined && value !== undefined) found.set(place, isComputed(value) ? UNKNOWN : value);
  }
}

/** A knexfile may have the settings of several environments. */
function environmentOf(value: unknown): unknown {
  if (!isObject(value) || "migrations" in value || "client" in value) return value;
  const name = ENVIRONMENTS.find((each) => each in value);
  return name === undefined ? value : value[name];
}

function valueAt(value: unknown, place: string): unknown {
  let found = value;
  for (const name of place.split(".")) {
    if (!isObject(found)) return found === undefined ? undefined : UNKNOWN;
    found = Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

function isUnknown(value: unknown): boolean {
  return value === UNKNOWN || (Array.isArray(value) && value.includes(UNKNOWN));
}
