import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readApp, type App } from "../../../client/generate/app.ts";
import { notesFor } from "../../../client/generate/advice.ts";
import { planFiles } from "../../../client/generate/plan.ts";
import { nodeMajor } from "../../../client/generate/node-version.ts";
import { findPackageManager } from "../../../client/generate/package-manager.ts";
import { readPackageJson } from "../../../client/generate/package-json.ts";
import { removeTemporary } from "../../end-to-end/processes.ts";
import { projectOf } from "./generated.ts";

afterAll(removeTemporary);

type Files = Record<string, string | object>;

/** What is read of a project with this package.json and these files. */
function read(packageJson: object, files: Files = {}, options = {}): Promise<App> {
  return readApp(projectOf({ "package.json": { name: "shop", ...packageJson }, ...files }), options);
}

/** The entry, what runs as the module of the tasks, and what it is written as. */
function found(app: App): (string | boolean)[] {
  return [app.entry, app.tasks.file, app.tasks.source, app.tasks.language];
}

const tsconfig = (compilerOptions: object) => `// of the app\n${JSON.stringify({ compilerOptions })}`;

describe("the entry and the module of the tasks", () => {
  test.each<[string, object, Files, string[]]>([
    [
      "the start script",
      { scripts: { start: "node web.js" } },
      { "web.js": "" },
      ["web.js", "release.js", "release.js", "commonjs"],
    ],
    [
      "the start script for production first",
      { type: "module", scripts: { start: "nest start", "start:prod": "node a/main" } },
      { "a/main.js": "" },
      ["a/main.js", "a/release.js", "a/release.js", "esm"],
    ],
    [
      "a start script with variables, options and their values",
      { scripts: { start: "NODE_ENV=production node -r ./tracing.js --env-file .env server.js --port 1" } },
      { "server.js": "", "tracing.js": "", ".env": "" },
      ["server.js", "release.js", "release.js", "commonjs"],
    ],
    [
      "a start script that builds first",
      { scripts: { start: "npm run build && node dist/server.js" } },
      { "src/server.ts": "" },
      ["dist/server.js", "dist/release.js", "src/release.ts", "typescript"],
    ],
    [
      "node in the project's folder, which is its main",
      { main: "./lib/app", scripts: { start: "NODE_ENV=production node ./" } },
      { "lib/app.js": "", "index.js": "" },
      ["lib/app.js", "lib/release.js", "lib/release.js", "commonjs"],
    ],
    [
      "node in the project's folder without a main",
      { scripts: { start: "node ." } },
      { "index.js": "" },
      ["index.js", "release.js", "release.js", "commonjs"],
    ],
    [
      "a folder with a package.json of its own",
      { scripts: { start: "exec node --env-file .env server" } },
      { "server/package.json": '{ "main": "web.js" }', "server/web.js": "", ".env": "" },
      ["server/web.js", "server/release.js", "server/release.js", "commonjs"],
    ],
    [
      "a start script that runs others, and something before the app",
      {
        scripts: {
          start: "npm run build && npm run serve",
          build: "tsc",
          serve: "node migrate.js && node web.js",
          loop: "npm run loop",
        },
      },
      { "migrate.js": "", "web.js": "" },
      ["web.js", "release.js", "release.js", "commonjs"],
    ],
    [
      "a program in bin",
      { scripts: { start: "node ./bin/www" } },
      { "bin/www": "" },
      ["bin/www", "release.js", "release.js", "commonjs"],
    ],
    [
      "main",
      { main: "lib/app.mjs" },
      { "lib/app.mjs": "" },
      ["lib/app.mjs", "lib/release.mjs", "lib/release.mjs", "esm"],
    ],
    [
      "a main that is not there, but a usual name is",
      { main: "index.js" },
      { "server.ts": "" },
      ["server.ts", "release.ts", "release.ts", "typescript"],
    ],
    [
      "tsx",
      { scripts: { start: "tsx src/server.ts" } },
      { "src/server.ts": "" },
      ["src/server.ts", "src/release.ts", "src/release.ts", "typescript"],
    ],
    [
      "a build into the folder of tsconfig.json",
      { type: "module", main: "target/js/http/server.js" },
      { "code/http/server.ts": "", "tsconfig.json": tsconfig({ outDir: "./target/js/", rootDir: "code" }) },
      ["target/js/http/server.js", "target/js/http/release.js", "code/http/release.ts", "typescript"],
    ],
    [
      "a build into the folder of what tsconfig.json extends, seen from there",
      { main: "out-tsc/server.js" },
      {
        "code/server.ts": "",
        "tsconfig.json": '{ "extends": "./config/node" }',
        "config/node.json": tsconfig({ outDir: "../out-tsc", rootDir: "../code" }),
      },
      ["out-tsc/server.js", "out-tsc/release.js", "code/release.ts", "typescript"],
    ],
    [
      "a build into the folder of a shared configuration, which names it from this one",
      { main: "made/main.js" },
      {
        "app/main.ts": "",
        "node_modules/@acme/tsconfig/base.json": tsconfig({ outDir: "${configDir}/made", rootDir: "${configDir}/app" }),
        "tsconfig.json": '{ "extends": ["@acme/tsconfig/base.json"] }',
      },
      ["made/main.js", "made/release.js", "app/release.ts", "typescript"],
    ],
    [
      "a build whose configuration is not installed yet",
      { main: "made/main.js" },
      {
        "app/main.ts": "",
        "tsconfig.json": '{ "extends": "@acme/tsconfig", "compilerOptions": { "outDir": "made", "rootDir": "app", }, }',
      },
      ["made/main.js", "made/release.js", "app/release.ts", "typescript"],
    ],
    [
      "a build of a project that tsconfig.json refers to",
      { scripts: { start: "node made/server/main.js" } },
      {
        "server/main.ts": "",
        "tsconfig.json": '{ "files": [], "references": [{ "path": "./server" }, { "path": "./tsconfig.gone.json" }] }',
        "server/tsconfig.json": tsconfig({ outDir: "../made/server", composite: true }),
      },
      ["made/server/main.js", "made/server/release.js", "server/release.ts", "typescript"],
    ],
    [
      "a build of one program of several",
      { main: "made/main.js" },
      {
        "backend/main.ts": "",
        "tsconfig.json": tsconfig({ noEmit: true }),
        "tsconfig.server.json":
          '{ "extends": "./tsconfig", "compilerOptions": { "outDir": "made" }, "include": ["backend/**/*"] }',
      },
      ["made/main.js", "made/release.js", "backend/release.ts", "typescript"],
    ],
    [
      "a build of modules that are modules by their names",
      { main: "dist/server.mjs" },
      { "src/server.mts": "" },
      ["dist/server.mjs", "dist/release.mjs", "src/release.mts", "typescript"],
    ],
    [
      "what package.json's remsh names",
      { remsh: { entry: "./a.js", tasks: "./tasks.cjs" }, scripts: { start: "node b.js" } },
      { "a.js": "", "b.js": "" },
      ["a.js", "tasks.cjs", "tasks.cjs", "commonjs"],
    ],
    [
      "a module that package.json names as a build makes it",
      { remsh: { entry: "dist/server.js", tasks: "dist/release.js" } },
      { "src/server.ts": "", "src/release.ts": "export {}" },
      ["dist/server.js", "dist/release.js", "src/release.ts", "typescript"],
    ],
    [
      "the same, not written yet",
      { remsh: { entry: "dist/server.js", tasks: "dist/release.js" } },
      { "src/server.ts": "" },
      ["dist/server.js", "dist/release.js", "src/release.ts", "typescript"],
    ],
  ])("%s", async (_what, ...[packageJson, files, expected]) => {
    expect(found(await read(packageJson, files))).toEqual(expected);
  });

  test("options say otherwise", async () => {
    const root = projectOf({ "package.json": { name: "shop", main: "a.js" }, "a.js": "", "b.js": "" });
    const options = { entry: path.join(root, "b.js"), tasks: path.join(root, "jobs/tasks.mjs"), app: "web" };
    const app = await readApp(root, options);
    expect([app.name, ...found(app)]).toEqual(["web", "b.js", "jobs/tasks.mjs", "jobs/tasks.mjs", "esm"]);
  });

  test.each([
    ["node server.mjs", "server.mjs"],
    ["NODE_ENV=production node --import tsx -r dotenv/config --max-old-space-size=512 src/server.ts", "src/server.ts"],
    ["npm run build && tsx watch 'server.ts' --port 3000", "server.ts"],
    ["node server", "server"],
  ])("the start script %s names a file that is missing", async (start, missing) => {
    await expect(read({ scripts: { start } }, { "app.js": "" })).rejects.toThrow(
      `Cannot tell which file starts the app: its script "start" runs "${start}", and there is no "${missing}" (--entry <file>)`,
    );
  });

  test("a start script in which node runs no file is not said to miss one", async () => {
    await expect(read({ scripts: { start: "node --run serve" } }, {})).rejects.toThrow("and not a file with node");
  });

  test("a start script that runs something else is not guessed at", async () => {
    await expect(read({ scripts: { start: "fastify start app.js" } }, { "app.js": "" })).rejects.toThrow(
      'Cannot tell which file starts the app: its script "start" runs "fastify start app.js", and not a file with node (--entry <file>)',
    );
  });

  test("without any of them the option is named", async () => {
    await expect(read({})).rejects.toThrow(
      "Cannot tell which file starts the app: package.json names none, and none has a usual name (--entry <file>)",
    );
    await expect(read({ main: "index.js" })).rejects.toThrow(
      'Cannot tell which file starts the app: there is no "index.js", which package.json names, and none has a usual name (--entry <file>)',
    );
  });

  test("outside the project there is neither", async () => {
    await expect(read({}, {}, { entry: "/etc/passwd" })).rejects.toThrow(
      /^Cannot take "\/etc\/passwd" for the app's entry: it is not in "/,
    );
    await expect(read({ main: "a.js" }, { "a.js": "" }, { tasks: "/etc/passwd" })).rejects.toThrow(
      /^Cannot take "\/etc\/passwd" for the module of the tasks: it is not in "/,
    );
  });
});

describe("the app's name", () => {
  const file = { "server.js": "" };
  test("is package.json's, without its scope, or what remsh in it says", async () => {
    expect((await read({ name: "@acme/shop" }, file)).name).toBe("shop");
    expect((await read({ remsh: { app: "web" } }, file)).name).toBe("web");
  });

  test("has another form where only small letters, digits and dashes may stand", async () => {
    expect((await read({ name: "Shop.Web_2" }, file)).plainName).toBe("shop-web-2");
    expect((await read({ name: "2shops" }, file)).plainName).toBe("app-2shops");
    expect((await read({ name: `a${"-b".repeat(20)}` }, file)).plainName).toMatch(/^a(-b){15}$/);
  });

  test("must be one, and one that can stand in a path", async () => {
    await expect(read({ name: undefined }, file)).rejects.toThrow(
      "Cannot generate a release: package.json has no name for the app (--app <name>)",
    );
    await expect(read({ name: "shop" }, file, { app: "a b" })).rejects.toThrow(
      'Cannot use "a b" as the name of an app',
    );
    await expect(read({ remsh: { app: 7 } }, file)).rejects.toThrow(
      'Cannot use package.json: "remsh.app" must be a string',
    );
  });
});

describe("the migration engine", () => {
  const engineOf = async (dependencies: Record<string, string>, files: Files = {}, more = {}) => {
    const { engine } = await read({ dependencies, ...more }, { "server.js": "", ...files });
    return engine && [engine.name, engine.folder, engine.hasFolder];
  };

  test.each<[Record<string, string>, Files, (string | boolean)[]]>([
    [{ "node-pg-migrate": "9" }, {}, ["nodePgMigrate", "migrations", false]],
    [{ "node-pg-migrate": "9" }, { "db/migrations/1.sql": "" }, ["nodePgMigrate", "db/migrations", true]],
    [{ knex: "3", pg: "8" }, { "migrations/1.js": "" }, ["knex", "migrations", true]],
    [{ kysely: "0.28", pg: "8" }, { "src/migrations/1.ts": "" }, ["kysely", "src/migrations", true]],
    [{ umzug: "3" }, {}, ["umzug", "migrations", false]],
    [{ "drizzle-orm": "0.45" }, { "drizzle/meta/_journal.json": "{}" }, ["drizzle", "drizzle", true]],
    [{ "drizzle-orm": "0.45" }, { "drizzle/schema.ts": "" }, ["drizzle", "drizzle", false]],
    [{ "@prisma/client": "7" }, { "prisma/migrations/1_a/migration.sql": "" }, ["prisma", "prisma/migrations", true]],
    [{ kysely: "0.28", "node-pg-migrate": "9" }, {}, ["nodePgMigrate", "migrations", false]],
  ])("of %j with %j", async (dependencies, files, expected) => {
    expect(await engineOf(dependencies, files)).toEqual(expected);
  });

  test("is found among the dev dependencies, too", async () => {
    expect(await engineOf({}, {}, { devDependencies: { prisma: "7" } })).toEqual([
      "prisma",
      "prisma/migrations",
      false,
    ]);
  });

  test.each<[Record<string, string>, Files, string, string]>([
    [{ knex: "3", sqlite3: "5" }, {}, "no knex for sqlite3", "npx knex migrate:latest"],
    [
      { knex: "3", pg: "8" },
      { "knexfile.js": 'module.exports = { client: "better-sqlite3" };' },
      "no knex for better-sqlite3",
      "npx knex",
    ],
    [
      { "@prisma/client": "7" },
      { "prisma/schema.prisma": 'datasource db {\n  provider = "sqlite"\n}\n' },
      "no prisma for sqlite",
      "npx prisma migrate deploy",
    ],
    [{ "sequelize-cli": "6" }, {}, "gen does not read what Sequelize needs", "npx sequelize-cli db:migrate"],
    [{ typeorm: "0.3" }, { "src/data-source.ts": "" }, "TypeORM", "npx typeorm migration:run -d dist/data-source.js"],
    [{ typeorm: "0.3" }, {}, "TypeORM", "npx typeorm migration:run -d <data source>"],
    [{ "migrate-mongo": "12" }, {}, "migrate-mongo", "npx migrate-mongo up"],
  ])(
    "of %j with %j is said, with the command that would migrate",
    async (dependencies, files, ...[reason, command]) => {
      const app = await read({ dependencies }, { "server.js": "", ...files });
      expect(app.engine).toBeUndefined();
      expect(app.foreign?.reason).toContain(reason);
      expect(app.foreign?.command).toContain(command);
      const text = planFiles(app, {}).find((file) => file.path === "release.js")?.text ?? "";
      expect(text).toContain("hello: task(");
      expect(text).not.toContain("migrations");
      const [note = ""] = notesFor(app, {}, []).filter((each) => each.includes("command("));
      expect(note).toContain(
        `: migrations({ engine: command("${app.foreign?.command}"), lock: false }) in release.js would run it`,
      );
    },
  );

  test("with an adapter that gen does not set up is said, for PostgreSQL", async () => {
    const app = await read({ dependencies: { "sequelize-cli": "6", pg: "8" } }, { "server.js": "" });
    expect(notesFor(app, {}, [])).toContain(
      'gen does not read what Sequelize needs: migrations({ engine: command("npx sequelize-cli db:migrate"), lock: false }) in release.js would run it, or sequelize() with its lock (docs/migrations.md)',
    );
  });

  test("of MySQL is one that remsh/migrate has for it", async () => {
    const app = await read({ dependencies: { knex: "3", mysql2: "3" } }, { "server.js": "" });
    const text = planFiles(app, {}).find((file) => file.path === "release.js")?.text;
    expect(text).toContain(
      'engine: knex({ client: "mysql2", migrations: { directory: path.join(root, "migrations") } }),',
    );
    const prisma = await read({ dependencies: { prisma: "7", mysql2: "3" } }, { "server.js": "" });
    expect(prisma.foreign?.reason).toBe("remsh/migrate has no prisma for mysql2");
  });

  test("is none where nothing migrates", async () => {
    const app = await read({ dependencies: { express: "5" } }, { "server.js": "" });
    expect([app.engine, app.foreign, app.command]).toEqual([undefined, undefined, undefined]);
  });

  test("its own configuration file says where its migrations are, and Prisma's lock file for which database", async () => {
    const kit = {
      "drizzle.config.ts": 'export default defineConfig({ schema: "./s.ts", out: "./lib/db/migrations" });',
    };
    const journal = { "lib/db/migrations/meta/_journal.json": "{}", "drizzle/meta/_journal.json": "{}" };
    expect(await engineOf({ "drizzle-orm": "0.45", pg: "8" }, { ...kit, ...journal })).toEqual([
      "drizzle",
      "lib/db/migrations",
      true,
    ]);
    const knexfile =
      'export default { seeds: { directory: "./s" }, migrations: { tableName: "m", directory: "./server/migrations" } };';
    expect(await engineOf({ knex: "3", pg: "8" }, { "knexfile.js": knexfile, "server/migrations/1.js": "" })).toEqual([
      "knex",
      "server/migrations",
      true,
    ]);
    const config = 'export default defineConfig({ schema: "db/schema.prisma", migrations: { path: "db/history" } });';
    const history = { "prisma.config.ts": config, "db/history/1_a/migration.sql": "" };
    expect(await engineOf({ "@prisma/client": "7" }, history)).toEqual(["prisma", "db/history", true]);
    const mysql = { ...history, "db/history/migration_lock.toml": 'provider = "mysql"' };
    expect(await engineOf({ "@prisma/client": "7" }, mysql)).toBeUndefined();
  });

  test.each<[string, Record<string, string>, Files, object]>([
    [
      "a knexfile for several environments",
      { knex: "3", pg: "8" },
      {
        "knexfile.ts": `import path from "node:path"; import type { Knex } from "knex";
const base: Knex.Config = { client: "pg", migrations: { directory: path.join(__dirname, "db", \`mig\`), tableName: "m" } };
const config: { [key: string]: Knex.Config } = { development: base, production: { ...base, pool: { max: 9 } } };
module.exports = config;`,
        "db/mig/1.js": "",
      },
      { folder: "db/mig", options: { tableName: "m" } },
    ],
    [
      "options of package.json's scripts",
      { "node-pg-migrate": "9" },
      { "db/m/1.sql": "" },
      { folder: "db/m", options: { migrationsTable: "t" } },
    ],
    [
      "drizzle's table, and a path of its module",
      { "drizzle-orm": "1", pg: "8" },
      {
        "drizzle.config.ts":
          'const out = new URL("./lib/m", import.meta.url).pathname; export default { dialect: "postgresql", out, migrations: { table: "t", schema: "s" } } satisfies Config;',
        "lib/m/meta/_journal.json": "{}",
      },
      { folder: "lib/m", options: { migrationsTable: "t", migrationsSchema: "s" } },
    ],
    [
      "kysely-ctl's",
      { kysely: "1", pg: "8" },
      {
        "kysely.config.ts":
          'export default defineConfig({ dialect: new D(), migrations: { migrationFolder: "a/b", migrationTableName: "t" } });',
        "a/b/1.ts": "",
      },
      { folder: "a/b", options: { migrationTableName: "t" } },
    ],
    [
      "the schema's folder of Prisma",
      { "@prisma/client": "6" },
      {
        "prisma.config.ts": 'export default defineConfig({ schema: "./db/s.prisma" });',
        "db/migrations/1/migration.sql": "",
      },
      { folder: "db/migrations", options: {} },
    ],
    [
      "a full folder elsewhere",
      { knex: "3", pg: "8" },
      { "api/migrations/1.js": "", "migrations/a.md": "" },
      { folder: "api/migrations" },
    ],
  ])("is read from %s", async (_what, dependencies, ...[files, expected]) => {
    const scripts = { m: "node-pg-migrate -m db/m --migrations-table=t up" };
    const { engine } = await read({ dependencies, scripts }, { "server.js": "", ...files });
    expect(engine).toMatchObject({ ...expected, hasFolder: true });
  });

  test.each([
    ["module.exports = { client: 'pg', migrations: { directory: process.env.MIGRATIONS } };", "migrations.directory"],
    ["module.exports = require('./config').knex;", "migrations.directory"],
    ["module.exports = { migrations: { directory: './m', tableName: names.table } };", "migrations.tableName"],
    ["module.exports = { migrations: { ...common } };", "migrations.directory"],
    ["export default {", "migrations.directory"],
  ])("is asked for where the knexfile is %s", async (text, what) => {
    const files = { "knexfile.js": text, "server.js": "", "m/1.js": "" };
    const packageJson = { dependencies: { knex: "3", pg: "8" } };
    await expect(read(packageJson, files)).rejects.toThrow(
      `Cannot tell how knex migrates: "knexfile.js" computes its "${what}" (--migrations <folder>, if that is all that it says)`,
    );
    expect((await read(packageJson, files, { migrations: "m" })).engine?.folder).toBe("m");
    expect((await read({ ...packageJson, remsh: { tasks: "server.js" } }, files)).engine).toBeUndefined();
  });

  test("is asked for where several folders have migrations, and no empty one is made beside them", async () => {
    const files = { "server.js": "", "a/migrations/1.js": "", "b/migrations/1.js": "" };
    await expect(read({ dependencies: { knex: "3", pg: "8" } }, files)).rejects.toThrow(
      'Cannot tell where the migrations are: there are "a/migrations" and "b/migrations" (--migrations <folder>)',
    );
    const knexfile = { "knexfile.js": 'module.exports = { client: "pg", migrations: { directory: "./none" } };' };
    const app = await read({ dependencies: { knex: "3", pg: "8" } }, { ...files, ...knexfile });
    expect(planFiles(app, {}).map((file) => file.path)).not.toContain("none/.gitkeep");
  });

  test("has its TypeScript migrations where the build puts them", async () => {
    const files = { "src/server.ts": "", "src/db/migrations/1.ts": "", "migrations/README": "" };
    const { engine } = await read({ main: "dist/server.js", dependencies: { kysely: "1" } }, { ...files });
    expect(engine?.folder).toBe("dist/db/migrations");
    const compiled = { "src/server.ts": "", "src/db/migrations/1.ts": "" };
    expect((await read({ main: "dist/server.js", dependencies: { kysely: "1" } }, compiled)).engine?.folder).toBe(
      "dist/db/migrations",
    );
  });
});

test.each([
  [{ "package-lock.json": "{}" }, {}, "npm", "npm ci"],
  [{ "pnpm-lock.yaml": "" }, {}, "pnpm", "pnpm install --frozen-lockfile"],
  [{ "yarn.lock": "" }, {}, "yarn", "yarn install --frozen-lockfile"],
  [{ "yarn.lock": "", ".yarnrc.yml": "" }, {}, "yarn", "yarn install --immutable"],
  [{ "yarn.lock": "" }, { packageManager: "yarn@4.5.0" }, "yarn", "yarn install --immutable"],
  [{ "yarn.lock": "__metadata:\n".padStart(20, "#\n") }, {}, "yarn", "yarn install --immutable"],
  [{ "yarn.lock": "" }, { packageManager: "yarn@1.22.22" }, "yarn", "yarn install --frozen-lockfile"],
  [{ "yarn.lock": "", ".yarnrc.yml": "" }, { packageManager: "yarn@1.22" }, "yarn", "yarn install --frozen-lockfile"],
  [{ "pnpm-lock.yaml": "", "package-lock.json": "{}" }, { packageManager: "npm@11.0.0" }, "npm", "npm ci"],
  [{}, { packageManager: "pnpm@10.1.0+sha512.abc" }, "pnpm", "pnpm install --no-frozen-lockfile"],
  [{}, { devEngines: { packageManager: { name: "bun" } } }, "bun", "bun install"],
  [{ "package-lock.json": "{}", "deno.lock": "{}" }, {}, "npm", "npm ci"],
  [{ "npm-shrinkwrap.json": "{}" }, {}, "npm", "npm ci"],
  [{ "package-lock.json": "{}" }, { packageManager: 7 }, "npm", "npm ci"],
  [{ "bun.lock": "" }, {}, "bun", "bun install --frozen-lockfile"],
  [{}, {}, "npm", "npm install"],
])("the lock file %j with %j means %s", async (files, more, ...[name, install]) => {
  const root = projectOf({ "package.json": { name: "shop", ...more }, ...files });
  expect(await findPackageManager(readPackageJson(root))).toMatchObject({ name, install });
});

test("a part of a workspace has the workspace's package manager, and a lock file in a home folder is nobody's", async () => {
  const part = { "package.json": { name: "workspace" }, "yarn.lock": "", "apps/web/package.json": { name: "web" } };
  const inRepository = projectOf({ ...part, ".git/HEAD": "" });
  expect(await findPackageManager(readPackageJson(path.join(inRepository, "apps/web")))).toMatchObject({
    name: "yarn",
    ...{ lockFile: undefined, outerLockFile: "../../yarn.lock", install: "yarn install" },
  });
  const inHome = projectOf(part);
  expect(await findPackageManager(readPackageJson(path.join(inHome, "apps/web")))).toMatchObject({
    name: "npm",
    ...{ lockFile: undefined, outerLockFile: undefined, install: "npm install" },
  });
});

test.each<[Files, object, number]>([
  [{ ".nvmrc": "v22.18.0\n" }, {}, 22],
  [{ ".nvmrc": "lts/*\n" }, {}, 24],
  [{ ".node-version": "26" }, { engines: { node: "20" } }, 26],
  [{}, { engines: { node: ">=18" } }, 24],
  [{}, { engines: { node: ">= 26.1" } }, 26],
  [{}, { engines: { node: "^22.1.0" } }, 22],
  [{}, { engines: { node: "18.x" } }, 20],
  [{}, {}, 24],
])("with %j and %j the image has Node %i", (files, more, major) => {
  expect(nodeMajor(readPackageJson(projectOf({ "package.json": { name: "shop", ...more }, ...files })))).toBe(major);
});
