import { chmodSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { notesFor } from "../../../client/generate/advice.ts";
import { readApp } from "../../../client/generate/app.ts";
import { planFiles } from "../../../client/generate/plan.ts";
import { removeTemporary } from "../../end-to-end/processes.ts";
import { projectOf } from "./generated.ts";

afterAll(removeTemporary);

type Files = Record<string, string | object>;

/** What a release takes over of these scripts: settings, variables, hooks, and the notes on the rest. */
async function takenOver(scripts: object, more: { files?: Files; packages?: string[]; content?: object } = {}) {
  const { files = {}, packages = [], content = {} } = more;
  const dependencies = Object.fromEntries(packages.map((name) => [name, "*"]));
  const packageJson = { name: "shop", ...content, scripts, dependencies };
  const root = projectOf({ "package.json": packageJson, "server.js": "", "seed.js": "", ...files });
  const app = await readApp(root, {});
  const planned = planFiles(app, {});
  const textOf = (name: string) => planned.find((file) => file.path === name)?.text ?? "";
  const { remsh } = JSON.parse(textOf("package.json")) as { remsh: Record<string, unknown> };
  const hooks = planned.filter((file) => /^rel\/hooks\/p.*\.d\//.test(file.path));
  return {
    settings: { entry: remsh.entry, ...("nodeArgs" in remsh && { nodeArgs: remsh.nodeArgs }), args: remsh.args },
    env: textOf("rel/env.sh").match(/^export .*$/gm) ?? [],
    release: textOf("release.js"),
    hooks: Object.fromEntries(hooks.map((file) => [file.path.slice(10), lastLines(file.text)])),
    notes: notesFor(app, {}, []).filter((note) => /start script|10-migrate|command/.test(note) && !/^From/.test(note)),
    settingsNote: notesFor(app, {}, []).find((note) => note.startsWith("From the start script")),
  };
}

/** What a hook does, without its first lines. */
function lastLines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !/^#|^set -e$|^PATH=/.test(line));
}

const RELEASE = ["remsh eval Release.migrate"];
const PG = ["node-pg-migrate", "pg"];

describe("the migrating half of the start script becomes the hook", () => {
  test.each<[object, string[], Record<string, string[]>]>([
    [
      { migrate: "node-pg-migrate up", start: "npm run migrate && node server.js" },
      PG,
      { "pre_start.d/10-migrate": RELEASE },
    ],
    [{ start: "prisma migrate deploy && node server.js" }, ["@prisma/client"], { "pre_start.d/10-migrate": RELEASE }],
    [
      { prestart: "npm run db", db: "knex migrate:latest --env production", start: "node server.js" },
      ["knex", "pg"],
      { "pre_start.d/10-migrate": RELEASE },
    ],
    [{ start: "npx sequelize-cli db:migrate && node server.js" }, [], { "pre_start.d/10-migrate": RELEASE }],
    [
      { start: "FOO='a b' node scripts/migrate.js && node server.js" },
      [...PG],
      { "pre_start.d/10-migrate": ["FOO='a b' node scripts/migrate.js"] },
    ],
    [
      {
        start: "run-s wait db seed serve",
        wait: "wait-on tcp:$DB_PORT",
        db: "drizzle-kit migrate",
        seed: "node seed.js",
        serve: "node server.js",
      },
      ["drizzle-orm", "pg"],
      {
        "pre_start.d/01-wait-on": ['wait-on "tcp:${DB_PORT}"'],
        "pre_start.d/10-migrate": RELEASE,
        "pre_start.d/13-seed": ["node seed.js"],
      },
    ],
    [
      { start: 'sh -c "cd db && ./up.pl && cd .. && exec node server.js"' },
      [],
      { "pre_start.d/11-up": ["(cd db && ./up.pl)"] },
    ],
  ])("%j", async (scripts, packages, hooks) => {
    const files = { "drizzle/meta/_journal.json": "{}", "scripts/migrate.js": "" };
    const found = await takenOver(scripts, { packages, files });
    expect(found.hooks).toEqual(hooks);
    expect(found.settings).toEqual({ entry: "./server.js" });
  });

  test("an own command is said to run in each instance, without a lock", async () => {
    const { notes } = await takenOver({ start: "node scripts/migrate.js && node server.js" }, { packages: PG });
    expect(notes).toEqual([
      'rel/hooks/pre_start.d/10-migrate runs "node scripts/migrate.js", as the start script did, in each instance at its start and without a lock',
    ]);
  });

  test.each([
    ["npx sequelize-cli db:migrate", [], 'engine: command("npx sequelize-cli db:migrate"),\n    lock: false,'],
    [
      "sequelize-cli db:migrate",
      ["pg"],
      'engine: command("sequelize-cli db:migrate", { env: { PATH: `${process.env.PATH}:${path.join(root, "node_modules/.bin")}` } }),\n    databaseUrl: () => process.env.DATABASE_URL,\n    // The lock is PostgreSQL\'s.\n    lock: Boolean(process.env.DATABASE_URL),',
    ],
  ])("%s, for which there is no engine, is a command of Release.migrate", async (command, packages, text) => {
    const found = await takenOver({ start: `${command} && node server.js` }, { packages });
    expect(found.release).toContain(text);
    expect(found.hooks).toEqual({ "pre_start.d/10-migrate": RELEASE });
    expect(found.notes).toEqual([
      `As the start script did, Release.migrate runs "${command}" by command(), ${packages.length > 0 ? "under the lock if DATABASE_URL is set" : "without a lock"}`,
    ]);
  });

  test("a build stays with the build, and is named", async () => {
    const found = await takenOver(
      { start: "npm run build && node dist/server.js", build: "prisma generate && tsc -p ." },
      { files: { "src/server.ts": "" } },
    );
    expect(found.hooks).toEqual({});
    expect(found.notes).toEqual([
      'The start script runs "prisma generate", "tsc -p .": run that before bin/shop start (npm run build)',
    ]);
  });
});

describe("variables, Node's options and the app's words are kept", () => {
  test.each<[string, { nodeArgs?: string[]; args?: string[] }, string[]]>([
    ["NODE_ENV=production node server.js", {}, ["export NODE_ENV=production"]],
    ["export A='x y' && cross-env PORT=${PORT:-80} node server", {}, ["export A='x y'", 'export PORT="${PORT:-80}"']],
    ["node server.js --port 4000 'a b'", { args: ["--port", "4000", "a b"] }, []],
    [
      "node -r dotenv/config --env-file .env server.js",
      { nodeArgs: ["-r", "dotenv/config", "--env-file", ".env"] },
      [],
    ],
    ["dotenv -e .env.live -v A=1 -- node server.js", { nodeArgs: ["--env-file-if-exists=.env.live"] }, ["export A=1"]],
    ["dotenvx run -- node server.js", { nodeArgs: ["--env-file-if-exists=.env"] }, []],
    ["env-cmd -f ./live.env node server.js", { nodeArgs: ["--env-file-if-exists=live.env"] }, []],
    [
      "node --import tsx --watch --import ./otel.mjs --inspect server.js",
      { nodeArgs: ["--import", "./otel.mjs", "--inspect"] },
      [],
    ],
    ["tsx watch server.js", {}, []],
    ["nodemon --watch src -e ts server.js -a", { args: ["-a"] }, []],
    ["dumb-init node --import=remsh/register server.js", {}, []],
    ["pm2-runtime server.js --node-args='--inspect' -- -x", { nodeArgs: ["--inspect"], args: ["-x"] }, []],
    ["yarn node server.js", {}, []],
    ["pnpm exec node server.js", {}, []],
    ["bun run serve -- --a", { args: ["--a"] }, []],
    ["A=1 npm run serve -- --a", { args: ["--a"] }, ["export A=1"]],
    ["node --run serve -- --a", { args: ["--a"] }, []],
  ])("%s", async (start, settings, env) => {
    const found = await takenOver({ start, serve: "node server.js" });
    expect(found).toMatchObject({ settings: { entry: "./server.js", ...settings }, env, hooks: {}, notes: [] });
    const told = Object.entries(settings).map(([key, words]) => `"${key}": ${JSON.stringify(words)}`);
    expect(found.settingsNote).toBe(
      told.length === 0 ? undefined : `From the start script, package.json has ${told.join(" and ")}`,
    );
  });

  test("but not again once package.json has an entry and tasks", async () => {
    const remsh = { entry: "./server.js", tasks: "./release.js" };
    const { settings, env } = await takenOver({ start: "A=1 node --inspect server.js" }, { content: { remsh } });
    expect(settings).toEqual({ entry: "./server.js" });
    expect(env).toEqual(["export A=1"]);
  });
});

test("the program of a package is an entry, too", async () => {
  expect((await takenOver({ start: "next start -p 80" }, { packages: ["next"] })).settings).toEqual({
    entry: "./node_modules/next/dist/bin/next",
    args: ["start", "-p", "80"],
  });
  expect(
    (await takenOver({ start: "react-router-serve ./b.js" }, { packages: ["@react-router/serve"] })).settings,
  ).toEqual({
    entry: "./node_modules/@react-router/serve/bin.cjs",
    args: ["./b.js"],
  });
  const files = { "node_modules/fastify-cli/package.json": { name: "fastify-cli", bin: { fastify: "./cli.js" } } };
  const installed = await takenOver({ start: "fastify start app.js" }, { packages: ["fastify-cli"], files });
  expect(installed.settings).toEqual({ entry: "./node_modules/fastify-cli/cli.js", args: ["start", "app.js"] });
});

test("nest start runs what the build makes", async () => {
  const found = await takenOver({ start: "nest start" }, { files: { "src/main.ts": "" } });
  expect(found.settings).toEqual({ entry: "./dist/main.js" });
});

describe("an entrypoint.sh is read", () => {
  const text =
    '#!/bin/sh\nset -e\n# waits\nexport A=1\necho "migrating"\nnpx node-pg-migrate up \\\n  -m migrations\nexec "$@"\n';

  test("as the start script", async () => {
    const files = { "entrypoint.sh": text.replace('"$@"', 'node server.js "$@"') };
    const found = await takenOver({ start: "./entrypoint.sh --port 1" }, { files, packages: PG });
    expect(found).toMatchObject({
      settings: { entry: "./server.js", args: ["--port", "1"] },
      env: ["export A=1"],
      hooks: { "pre_start.d/10-migrate": RELEASE },
      notes: [],
    });
  });

  test("beside the start script, which it becomes", async () => {
    const found = await takenOver(
      { start: "node server.js" },
      { files: { "docker/entrypoint.sh": text }, packages: PG },
    );
    expect(found).toMatchObject({ env: ["export A=1"], hooks: { "pre_start.d/10-migrate": RELEASE }, notes: [] });
  });

  test("and named where it is more than plain commands", async () => {
    const files = { "entrypoint.sh": `while ! nc -z db 5432; do sleep 1; done\n${text}` };
    const { notes, hooks } = await takenOver({ start: "node server.js" }, { files });
    expect(hooks).toEqual({});
    expect(notes).toEqual([
      "Of the start script, what entrypoint.sh does before it is not taken over (a hook in rel/hooks/pre_start.d can do that)",
    ]);
  });
});

describe("what is not taken over is listed", () => {
  test.each([
    ["node server.js | pino-pretty", '"| pino-pretty" is not taken over (bin/shop start | pino-pretty)'],
    ["node server.js > out.log", '">out.log" is not taken over (bin/shop daemon writes a log)'],
    ["node server.js || node seed.js", '"|| node seed.js" is not taken over'],
    ["node server.js --port $PORT", '"--port "${PORT}"" is not taken over (bin/shop start -- --port "${PORT}")'],
    ["node $FLAGS server.js", '""${FLAGS}"" is not taken over (export NODE_OPTIONS="${FLAGS}" in rel/env.sh)'],
    ["doppler run -- node server.js", '"doppler run --" is not taken over (doppler run -- bin/shop start)'],
    ["cd lib && node app.js", "\"cd lib\" is not taken over (the app's working directory is the project's)"],
    ["pm2-runtime start server.js -i max", '"-i max" for PM2 is not taken over (bin/shop start starts one process)'],
    ["ts-node -P a.json server.js", '"-P a.json", an option of ts-node, is not taken over'],
    ["node seed.js; node server.js", '";" after "node seed.js" is not taken over (a hook that fails ends the start)'],
  ])("%s", async (start, sentence) => {
    const { notes } = await takenOver({ start }, { files: { "lib/app.js": "" } });
    expect(notes).toEqual([`Of the start script, ${sentence}`]);
  });

  test("and so is a script that starts something else than the entry", async () => {
    const content = { remsh: { entry: "server.js" } };
    expect((await takenOver({ start: "node seed.js" }, { content })).notes).toEqual([
      'Of the start script, what it does for "seed.js" is not taken over',
    ]);
    expect((await takenOver({ start: "make run" }, { content })).notes).toEqual([
      'Of the start script, "make run" is not taken over (not a file with node)',
    ]);
    expect((await takenOver({ start: "bin/shop start" }, { content })).notes).toEqual([]);
  });
});

describe("a start script that is not understood is refused, and what to write is said", () => {
  const HOOKS = "--entry <file>, and what it does before the app as hooks in rel/hooks/pre_start.d";
  const SEVERAL = `--entry <file>, and "processes" in package.json's "remsh" for the others`;
  test.each([
    ["bun server.js", "remsh starts apps with Node, not with Bun", "--entry server.js if Node can run it"],
    ["deno run -A server.js", "remsh starts apps with Node, not with Deno", "--entry server.js if Node can run it"],
    ["concurrently 'node a' 'node b'", "concurrently runs several programs", SEVERAL],
    ["npm-run-all -p a b", "npm-run-all runs several programs", SEVERAL],
    ["node seed.js & node server.js", 'it leaves "node seed.js" in the background', "--entry <file>"],
    ["node $(cat entry)", "it has a command inside another one, which gen does not read", HOOKS],
    ["if true; then node server.js; fi", 'it has "if", which gen does not read', HOOKS],
    ["(node seed.js && node server.js)", 'it has "(", which gen does not read', HOOKS],
    ["npm --prefix api run start", "it runs a script of another package, which gen does not read", HOOKS],
    ["npm run start", 'it calls itself through "start", which gen does not read', HOOKS],
    ["node seed.js && fastify start app.js", "not a file with node", "--entry <file>"],
    ["./run.sh", 'there is no "./run.sh"', "--entry <file>"],
    ["nest start api", '"nest start api" names one of several apps', "--entry <file>"],
    ["pm2-runtime pm2.config.js", "pm2.config.js says what PM2 starts", "--entry with one of server.js, seed.js"],
    ["make run", "not a file with node", "--entry <file>"],
  ])("%s", async (start, reason, remedy) => {
    const config = 'module.exports = { apps: [{ script: "./server.js" }, { script: "seed" }] };';
    await expect(takenOver({ start }, { files: { "pm2.config.js": config } })).rejects.toThrow(
      `Cannot tell which file starts the app: its script "start" runs "${start}", and ${reason} (${remedy})`,
    );
  });
});

test("a program of the project is run by its first line", async () => {
  const root = projectOf({
    "package.json": { name: "shop", scripts: { start: "./bin/serve" } },
    "bin/serve": "#!/usr/bin/env node\n",
  });
  chmodSync(path.join(root, "bin/serve"), 0o755);
  expect((await readApp(root, {})).entry).toBe("bin/serve");
});
