// Generated releases at work: three shapes of apps, with remsh as npm packs it, and a real PostgreSQL.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, statSync } from "node:fs";
import path from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../examples/free-port.ts";
import { createDatabase } from "../../database.ts";
import {
  eventually,
  NODE,
  removeTemporary,
  start,
  stop,
  temporaryDirectory,
  type Finished,
  type Running,
} from "../../end-to-end/processes.ts";
import { needing } from "../../needing.ts";
import { tablesIn } from "../../agent/migrate/folder.ts";
import { generated, projectOf, textOf } from "./generated.ts";
import { install, pack } from "./installed.ts";

let archive: string;
beforeAll(() => {
  archive = pack();
});
const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => stop(each, "SIGTERM")));
});
afterAll(removeTemporary);

const PONG = { stdout: "pong\n", stderr: "", code: 0 };

/** A generated release. */
interface Release {
  root: string;
  env: Record<string, string>;
  /** Runs one of its programs to its end. */
  run: (program: string, ...words: string[]) => Promise<Finished>;
  /** Starts one and leaves it running. */
  begin: (program: string, ...words: string[]) => Running;
}

interface Shape {
  files: Record<string, string | object>;
  packages: string[];
  env?: Record<string, string>;
  words: string[];
}

async function release({ files, packages, env: more = {}, words }: Shape): Promise<Release> {
  // A path with a space, as on many a disk.
  const root = projectOf(files, path.join(temporaryDirectory(), "the app"));
  install(root, archive, packages);
  await generated(root, ...words);
  const env = { REMSH_RUNTIME_DIR: temporaryDirectory(), REMSH_NODE: NODE, ...more };
  const begin = (program: string, ...rest: string[]) => {
    const started = start(path.join(root, program), rest, { env, cwd: "/" });
    running.push(started);
    return started;
  };
  const run = (program: string, ...rest: string[]) => start(path.join(root, program), rest, { env, cwd: "/" }).finished;
  return { root, env, begin, run };
}

const SERVER = `
const server = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
process.on("SIGTERM", () => server.close());
`;
const SQL = "-- Up Migration\nCREATE TABLE users (id int);\n-- Down Migration\nDROP TABLE users;\n";

test("npx remsh works in this folder, too", () => {
  expect(statSync(new URL("../../../dist/remsh.cjs", import.meta.url)).mode & 0o111).toBe(0o111);
});

test("npm pack keeps what is executed executable", () => {
  const root = temporaryDirectory();
  install(root, archive);
  // What package.json names under "bin", npm itself makes executable; this one is on the PATH of hooks.
  expect(statSync(path.join(root, "node_modules/remsh/dist/bin/remsh")).mode & 0o111).toBe(0o111);
  expect(
    execFileSync(path.join(root, "node_modules/remsh/dist/bin/remsh"), ["--version"], { encoding: "utf8" }),
  ).toMatch(/^\d/);
});

describe("an app in TypeScript, compiled to ES modules, with node-pg-migrate", () => {
  const FILES = {
    "package.json": {
      name: "@acme/shop",
      version: "1.4.0",
      type: "module",
      scripts: { build: "tsc", start: "node dist/server.js" },
      dependencies: { "node-pg-migrate": "^9.0.0", pg: "^8.0.0", remsh: "*" },
    },
    "tsconfig.json": {
      compilerOptions: {
        module: "nodenext",
        target: "es2023",
        strict: true,
        rootDir: "src",
        outDir: "dist",
        types: ["node"],
      },
    },
    "src/server.ts": `import { createServer } from "node:http";\nconst kind: string = "typed";\nconsole.log(kind);${SERVER}`,
    "migrations/1_users.sql": SQL,
  };
  const packages = ["node-pg-migrate", "pg", "typescript", "@types/node"];
  const words = ["--docker", "--kubernetes", "--systemd"];

  test("is built, migrated by bin/migrate, served by bin/server, asked and stopped", async () => {
    const url = await createDatabase();
    const { root, run, begin } = await release({ files: FILES, packages, env: { DATABASE_URL: url }, words });
    execFileSync(path.join(root, "node_modules/typescript/bin/tsc"), { cwd: root, stdio: "pipe" });
    expect(await run("bin/migrate", "--check")).toEqual({
      stdout: "",
      stderr: "1 migration pending: 1_users\n",
      code: 75,
    });
    expect(await run("bin/migrate")).toMatchObject({
      stdout: expect.stringContaining("Applied 1 migration") as string,
      code: 0,
    });
    expect(await tablesIn(url)).toEqual(["users"]);
    const started = begin("bin/server");
    expect(await run("bin/shop", "ping", "--ready", "--wait", "20s"), started.output.stderr).toEqual(PONG);
    expect(await run("bin/shop", "ping")).toEqual(PONG);
    expect(await run("bin/shop", "rpc", "Release.migrate")).toMatchObject({
      stdout: "Nothing to migrate: already up\n",
      code: 0,
    });
    expect(await run("bin/shop", "version")).toMatchObject({ stdout: "shop 1.4.0\n" });
    expect(await run("bin/shop", "eval", "Release.migrations")).toMatchObject({
      stdout: expect.stringContaining("up      1_users") as string,
    });
    expect(await run("bin/shop", "stop")).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(await started.finished).toMatchObject({ stdout: "typed\n", code: 0 });
  });

  test("says what is missing before it is built", async () => {
    const { root, run } = await release({ files: FILES, packages, words });
    expect(await run("bin/server")).toEqual({
      stdout: "",
      stderr: `Cannot start shop: its entry "${path.join(root, "dist/server.js")}" does not exist\n`,
      code: 78,
    });
  });
});

test("an app in TypeScript, compiled to CommonJS as it was usual", async () => {
  const files = {
    "package.json": { name: "shop", main: "dist/main.js", dependencies: { remsh: "*" } },
    "tsconfig.json": {
      // Without node's own resolution TypeScript knows nothing of "exports" in package.json.
      compilerOptions: {
        ...{ module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0", strict: true },
        ...{ target: "es2022", rootDir: "src", outDir: "dist", types: ["node"] },
      },
    },
    "src/main.ts": `import { createServer } from "node:http";${SERVER}`,
    "src/typed.ts": `import { connect } from "remsh/client";\nimport { migrations } from "remsh/migrate";\nimport "remsh/register";\nexport const all = [connect, migrations];\n`,
  };
  const { root, run, begin } = await release({ files, packages: ["typescript", "@types/node"], words: [] });
  execFileSync(path.join(root, "node_modules/typescript/bin/tsc"), { cwd: root, stdio: "pipe" });
  expect(textOf(root, "dist/release.js")).toContain('require("remsh")');
  const started = begin("bin/shop", "start");
  expect(await run("bin/shop", "ping", "--ready", "--wait", "20s"), started.output.stderr).toEqual(PONG);
  expect((await run("bin/shop", "rpc", "Release.hello")).stdout).toMatch(/^"?pid \d+, Node /);
  expect(await run("bin/shop", "stop")).toMatchObject({ code: 0 });
});

test("an app in TypeScript that tsx runs as it is", async () => {
  const files = {
    "package.json": { name: "shop", scripts: { start: "tsx src/server.ts" }, dependencies: { tsx: "4", remsh: "*" } },
    "src/server.ts": `import { createServer } from "node:http";\nenum Kind { Typed = "typed" }\nconsole.log(Kind.Typed);${SERVER}`,
  };
  const { root, run, begin } = await release({ files, packages: ["tsx"], words: [] });
  expect(textOf(root, "package.json")).toContain('"tasks": "./src/release.ts"');
  const started = begin("bin/shop", "start");
  expect(await run("bin/shop", "ping", "--ready", "--wait", "20s"), started.output.stderr).toEqual(PONG);
  expect((await run("bin/shop", "rpc", "Release.hello")).stdout).toMatch(/^"?pid \d+, Node /);
  expect((await run("bin/shop", "eval", "Release.hello")).stdout).toMatch(/^"?pid \d+, Node /);
  expect(await run("bin/shop", "stop")).toMatchObject({ code: 0 });
});

describe("an app in JavaScript, CommonJS, with knex", () => {
  const FILES = {
    "package.json": { name: "shop", main: "index.js", dependencies: { knex: "^3.0.0", pg: "^8.0.0", remsh: "*" } },
    "index.js": `const { createServer } = require("node:http");${SERVER}`,
    "migrations/1_users.js": `exports.up = (knex) => knex.schema.createTable("users", (table) => table.increments());
exports.down = (knex) => knex.schema.dropTable("users");\n`,
  };
  const packages = ["knex", "pg"];

  test("is migrated by its hook before it is ready, asked and stopped", async () => {
    const url = await createDatabase();
    const { root, run, begin } = await release({
      files: FILES,
      packages,
      env: { DATABASE_URL: url },
      words: ["--systemd"],
    });
    expect(textOf(root, "release.js")).toContain('const { knex, migrations } = require("remsh/migrate");');
    const started = begin("bin/shop", "start");
    expect(await run("bin/shop", "ping", "--ready", "--wait", "20s"), started.output.stderr).toEqual(PONG);
    expect(await tablesIn(url)).toEqual(["users"]);
    expect(started.output.stderr).toContain("[pre_start.d/10-migrate] Applied 1 migration");
    expect(await run("bin/shop", "rpc", "Release.rollback")).toMatchObject({ code: 0 });
    expect(await tablesIn(url)).toEqual([]);
    expect(await run("bin/shop", "eval", "Release.migrate")).toMatchObject({ code: 0 });
    expect(await tablesIn(url)).toEqual(["users"]);
    expect(await run("bin/shop", "stop")).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(await started.finished).toMatchObject({ code: 0 });
  });

  test("does not start where the migration fails, and says why", async () => {
    const { run } = await release({ files: FILES, packages, words: [] });
    const { stderr, code } = await run("bin/shop", "start");
    expect(stderr).toContain('The hook "pre_start.d/10-migrate" failed: exit 78\n');
    expect(code).toBe(78);
  });

  needing("systemd-notify").test("tells systemd when it is ready and when it stops, as its unit says", async () => {
    const url = await createDatabase();
    const { root, env } = await release({ files: FILES, packages, env: { DATABASE_URL: url }, words: ["--systemd"] });
    const unit = textOf(root, "rel/systemd/shop.service");
    const [, program = "", ...words] = /^ExecStart=\/srv\/shop\/(\S+) (\S+)$/m.exec(unit) ?? [];
    const socket = path.join(temporaryDirectory(), "notify");
    const listener = start("perl", ["-e", NOTIFIED, socket], {});
    running.push(listener);
    await listener.printed("listening\n");
    const started = start(path.join(root, program), words, { env: { ...env, NOTIFY_SOCKET: socket } });
    running.push(started);
    await listener.printed("READY=1");
    expect(listener.output.stdout).toContain(`MAINPID=${started.child.pid}`);
    expect(await tablesIn(url), "not before its hooks").toEqual(["users"]);
    started.child.kill("SIGTERM");
    await listener.printed("STOPPING=1");
    expect(await started.finished).toMatchObject({ code: 0 });
  });
});

/** What systemd does with its socket: prints each datagram. */
const NOTIFIED = `use IO::Socket::UNIX; use Socket; $| = 1;
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die; print "listening\\n";
while (1) { $socket->recv(my $message, 4096); print "$message\\n"; }`;

describe("an app with Fastify", () => {
  const FILES = {
    "package.json": {
      name: "shop",
      type: "module",
      scripts: { start: "node server.js" },
      dependencies: { fastify: "^5.0.0", remsh: "*" },
    },
    "server.js": `import Fastify from "fastify";
const app = Fastify();
app.get("/", async () => ({ hello: "world" }));
console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
process.on("SIGTERM", () => app.close());\n`,
  };
  const packages = ["fastify"];

  test("runs in the background, is asked and stopped", async () => {
    const { run } = await release({ files: FILES, packages, words: ["--docker"] });
    expect(await run("bin/shop", "daemon")).toMatchObject({ code: 0 });
    const [address = ""] = (await run("bin/shop", "logs")).stdout.split("\n");
    expect(await (await fetch(address)).json()).toEqual({ hello: "world" });
    expect(await run("bin/shop", "ping")).toEqual(PONG);
    expect((await run("bin/shop", "rpc", "Release.hello")).stdout).toMatch(/^"?pid \d+, Node /);
    expect((await run("bin/shop", "eval", "Release.hello")).stdout).toMatch(/^"?pid \d+, Node /);
    expect(await run("bin/shop", "stop")).toEqual({ stdout: "", stderr: "", code: 0 });
  });

  needing("tini").test(
    "runs as its Dockerfile says: under another user, in a tree that it cannot write, with tini and its health check",
    async () => {
      const { root } = await release({ files: FILES, packages, words: ["--docker", "--kubernetes"] });
      const { env: said, program, check } = imageOf(textOf(root, "Dockerfile"));
      const port = await freePort();
      const folder = temporaryDirectory();
      const own = path.join(folder, "remsh");
      expect(said).toEqual({ NODE_ENV: "production", REMSH_HEALTH_PORT: "9000", REMSH_RUNTIME_DIR: "/tmp/remsh" });
      // tini is process 1 in a container, and here it is not.
      const env = {
        ...said,
        TINI_SUBREAPER: "",
        REMSH_HEALTH_PORT: String(port),
        REMSH_RUNTIME_DIR: own,
        REMSH_NODE: NODE,
      };
      chmodSync(path.dirname(root), 0o755);
      chmodSync(folder, 0o777);
      const isRoot = process.getuid?.() === 0;
      const as = isRoot ? ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"] : ["env"];
      if (isRoot) chownSync(folder, 1000, 1000);
      const begin = (words: readonly string[]) => start(as[0] ?? "", [...as.slice(1), ...words], { env, cwd: root });
      const started = begin(program);
      running.push(started);
      const answers = async (target: string) => (await fetch(`http://127.0.0.1:${port}${target}`)).status;
      await eventually(
        () =>
          answers("/readyz").then(
            (status) => status === 200,
            () => false,
          ),
        "it is ready",
      );
      expect(await answers("/livez")).toBe(200);
      expect(await begin(check).finished, "without a Node").toEqual(PONG);
      const evaluated = await begin(["bin/shop", "eval", "Release.hello"]).finished;
      expect(evaluated, "beside the app, which has the health port").toMatchObject({ stderr: "", code: 0 });
      started.child.kill("SIGTERM");
      expect(await started.finished).toMatchObject({ stderr: "", code: 0 });
      expect(await begin(check).finished).toMatchObject({ stdout: "", code: 69 });
    },
  );
});

describe("the tasks of each engine, with no migration yet, in", () => {
  const ENGINES = ["node-pg-migrate", "knex", "kysely", "umzug", "prisma", "drizzle-orm"];
  const LANGUAGES = { "server.mjs": "ES modules", "server.cjs": "CommonJS", "server.ts": "TypeScript" };
  const cases = ENGINES.flatMap((engine) => Object.keys(LANGUAGES).map((entry) => ({ engine, entry })));

  test.each(cases)("$entry with $engine", async ({ engine, entry }) => {
    const url = await createDatabase();
    const files = {
      "package.json": { name: "shop", dependencies: { [engine]: "*", pg: "*", tsx: "*" } },
      [entry]: "",
      ...(engine === "drizzle-orm" && { "drizzle/meta/_journal.json": JSON.stringify({ entries: [] }) }),
    };
    // The packages of Prisma are not needed.
    const packages = engine === "prisma" ? ["tsx", "pg"] : ["tsx", "pg", engine];
    const { run } = await release({
      files,
      packages,
      env: { DATABASE_URL: url },
      words: ["--docker", "--entry", entry],
    });
    expect(await run("bin/migrate")).toEqual({ stdout: "Nothing to migrate: already up\n", stderr: "", code: 0 });
  });
});

/** What an engine for containers would take from the last stage. */
function imageOf(dockerfile: string): { env: Record<string, string>; program: string[]; check: string[] } {
  const file = DockerfileParser.parse(dockerfile);
  const last = (keyword: string) =>
    file
      .getInstructions()
      .filter((each) => each.getKeyword() === keyword)
      .at(-1);
  const wordsOf = (keyword: string) => {
    const [list = "[]"] = /\[.*\]/.exec(last(keyword)?.getArgumentsContent() ?? "") ?? [];
    return JSON.parse(list) as string[];
  };
  const pairs = file.getENVs().flatMap((each) => each.getProperties());
  return {
    env: Object.fromEntries(pairs.map((pair) => [pair.getName(), pair.getValue() ?? ""])),
    program: [...wordsOf("ENTRYPOINT"), ...wordsOf("CMD")],
    check: wordsOf("HEALTHCHECK"),
  };
}
