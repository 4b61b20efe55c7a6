// Prisma's own schema engine, which `prisma migrate deploy` runs. Its WebAssembly form is used, because the native one
// is a download and not an npm package.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import pg from "pg";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";

const FILTERS = { externalTables: [], externalEnums: [] };

let loading: Promise<void> | undefined;

/** What `prisma migrate deploy` does. */
export async function prismaDeploy(url: string, directory: string): Promise<void> {
  await withEngine(url, (own) => own.applyMigrations({ migrationsList: listOf(directory), filters: FILTERS }));
}

/**
 * What `prisma migrate status` reports: edited and failed migrations, and whether files and table have the same
 * history.
 */
export async function prismaDiagnose(url: string, directory: string): Promise<engine.DiagnoseMigrationHistoryOutput> {
  const input = { migrationsList: listOf(directory), optInToShadowDatabase: false, filters: FILTERS };
  return withEngine(url, (own) => own.diagnoseMigrationHistory(input));
}

async function withEngine<Result>(url: string, work: (own: engine.SchemaEngine) => Promise<Result>): Promise<Result> {
  await (loading ??= load());
  const schema = new URL(url).searchParams.get("schema"); // the tests' address is Prisma's; pg leaves the parameter alone
  const options = schema === null ? "" : `&options=-csearch_path%3D${schema}`;
  const pool = new pg.Pool({ connectionString: url + options });
  const factory = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool, schema === null ? {} : { schema }));
  const own = await engine.SchemaEngine.new({ datamodels: undefined }, () => {}, factory);
  try {
    return await work(own);
  } finally {
    own.free();
    await pool.end(); // and with it the lock that the engine holds
  }
}

async function load(): Promise<void> {
  const main = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
  const bytes = readFileSync(path.join(path.dirname(main), "schema_engine_bg.wasm"));
  const { instance } = await assembly.instantiate(bytes, { "./schema_engine_bg.js": engine });
  const glue = engine as typeof engine & { __wbg_set_wasm(exports: object): void }; // missing in its types
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

/** Every Node has it, but the types of a project without a browser do not. */
const { WebAssembly: assembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(bytes: Buffer, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
  };
};

function listOf(directory: string): engine.MigrationList {
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return {
    baseDir: directory,
    lockfile: { path: "migration_lock.toml", content: 'provider = "postgresql"\n' },
    shadowDbInitScript: "",
    migrationDirectories: folders
      .map(({ name }) => name)
      .sort()
      .map((name) => ({
        path: name,
        migrationFile: {
          path: "migration.sql",
          content: { tag: "ok", value: readFileSync(path.join(directory, name, "migration.sql"), "utf8") },
        },
      })),
  };
}
