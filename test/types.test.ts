// What a TypeScript user's compiler sees of the package: its declarations, with what npm installs beside them and no more.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeTemporary, temporaryDirectory } from "./end-to-end/processes.ts";

const ROOT = path.join(import.meta.dirname, "..");
const TSC = path.join(ROOT, "node_modules/.bin/tsc");

const PROGRAM = `import { currentRun, startAgent, task, TaskFailure } from "remsh";
import { connect, instances } from "remsh/client";
import "remsh/register";

const seed = task({ run: (_args, { print, signal }) => { print("seeded"); signal.throwIfAborted(); return 3; } });
export const agent = startAgent({ tasks: { Release: { seed } } });
export const client = connect<{ Release: { seed: typeof seed } }>({ app: "shop" });
export const begun = client.then((shop) => shop.cast("Release.seed", undefined, { deadline: new Date() }));
export const sum = client.then((shop) => shop.evaluate("1 + 2", { timeoutMs: 1000 }));
export const sockets = instances({ app: "shop" }).then((found) => found.map(({ socket }) => socket));
export const run = currentRun()?.run;
export const failure = new TaskFailure("no");
`;
const MIGRATIONS = `import { command, migrations, nodePgMigrate, seeds, type Engine, type History, type Session } from "remsh/migrate";

const own: Engine = {
  name: "own",
  table: (schema) => ({ schema, name: "done" }),
  read: async (client): Promise<History> => {
    const { rows } = await client.query<{ name: string }>("SELECT name FROM done");
    return { files: [{ name: "1_users", path: undefined }], applied: rows.map(({ name }) => name) };
  },
  apply: async ({ name }, direction, session: Session) => {
    await (await session.connect()).query(direction === "up" ? "INSERT" : "DELETE", [name]);
  },
};

export const Own = migrations({ engine: own, databaseUrl: "postgres://localhost/shop" });
export const Release = {
  ...migrations({ engine: nodePgMigrate({ directory: "migrations" }), databaseUrl: "postgres://localhost/shop" }),
  legacy: migrations({ engine: command("npx sequelize-cli db:migrate"), lock: false }).migrate,
  seed: seeds({ file: "seeds.ts", databaseUrl: "postgres://localhost/shop" }),
};
`;

/** The packages that npm installs for these, theirs among them. */
function installed(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const manifest = path.join(ROOT, "node_modules", name, "package.json");
    if (found.has(name) || !existsSync(manifest)) continue;
    found.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, "utf8")) as { dependencies?: object };
    installed(Object.keys(dependencies), found);
  }
  return found;
}

let folder: string;
beforeAll(() => {
  folder = temporaryDirectory();
  const modules = path.join(folder, "node_modules");
  mkdirSync(path.join(modules, "remsh/dist"), { recursive: true });
  cpSync(path.join(ROOT, "package.json"), path.join(modules, "remsh/package.json"));
  cpSync(path.join(ROOT, "dist/types"), path.join(modules, "remsh/dist/types"), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    dependencies: object;
  };
  for (const name of installed(Object.keys(dependencies))) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(ROOT, "node_modules", name), path.join(modules, name));
  }
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(path.join(folder, "program.ts"), PROGRAM);
  writeFileSync(path.join(folder, "migrations.ts"), MIGRATIONS);
});
afterAll(removeTemporary);

// Apart: the types of pg bring Node's along.
test.each([
  [["program.ts"], []],
  [["program.ts", "migrations.ts"], ["node"]],
])("they compile for %j, every one checked, where the user's own types are %j", (files, types) => {
  const compilerOptions = {
    ...{ strict: true, module: "nodenext", target: "es2023", lib: ["es2023"], noEmit: true, skipLibCheck: false },
    // A link's real path has all of this project's packages beside it.
    preserveSymlinks: true,
    types,
  };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const { stdout, status } = spawnSync(TSC, ["-p", folder], { encoding: "utf8" });
  expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
});
