import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launcherScript } from "../../../client/project/launcher-script.ts";
import { removeTemporary, start, startApp, stop, temporaryDirectory, type App } from "../../end-to-end/processes.ts";
import { needing } from "../../needing.ts";
import { makeProject } from "./project.ts";

afterAll(removeTemporary);

const PONG = { stdout: "pong\n", stderr: "", code: 0 };
const VERSION = { stdout: "shop 1.0.0\n", stderr: "", code: 0 };
const NO_NODE = { REMSH_NODE: "/nonexistent/node" };

test("the launcher is shorter than 60 lines, and the example has it unchanged", () => {
  const script = launcherScript({ app: "shop" });
  expect(script.split("\n").length).toBeLessThan(60);
  expect(readFileSync(path.join(import.meta.dirname, "../../../examples/shop/bin/shop"), "utf8")).toBe(script);
});

test("a name that cannot be an app's has no launcher", () => {
  expect(() => launcherScript({ app: "a b" })).toThrow('Cannot use "a b" as the name of an app');
});

describe("the launcher finds its app", () => {
  test("in a path with spaces, through symbolic links, and from any folder", async () => {
    const root = path.join(temporaryDirectory(), "my 'shop' here");
    const { env } = makeProject({ root });
    const links = temporaryDirectory();
    symlinkSync(path.join(root, "bin/shop"), path.join(links, "first"));
    symlinkSync("first", path.join(links, "second link"));
    for (const file of [path.join(root, "bin/shop"), path.join(links, "second link")]) {
      expect(await start(file, ["version"], { env, cwd: "/" }).finished, file).toEqual(VERSION);
    }
    expect(await start("sh", ["shop", "version"], { env, cwd: path.join(root, "bin") }).finished).toEqual(VERSION);
    const onPath = { ...env, PATH: `${path.join(root, "bin")}:${process.env.PATH}` };
    expect(await start("sh", ["-c", "shop version"], { env: onPath, cwd: "/" }).finished).toEqual(VERSION);
  });

  test("in a tree that nobody can write, under any uid", async () => {
    const { root, env } = makeProject();
    for (const folder of ["", "bin", "node_modules"]) chmodSync(path.join(root, folder), 0o555);
    const own = temporaryDirectory();
    if (process.getuid?.() !== 0) return;
    chownSync(own, 54_321, 54_321);
    const words = ["--reuid=54321", "--regid=54321", "--clear-groups", path.join(root, "bin/shop")];
    const given = { ...env, REMSH_RUNTIME_DIR: own };
    expect(await start("setpriv", [...words, "version"], { env: given }).finished).toEqual(VERSION);
    expect(await start("setpriv", [...words, "ping"], { env: given }).finished).toMatchObject({ stdout: "", code: 69 });
    for (const folder of ["", "bin", "node_modules"]) chmodSync(path.join(root, folder), 0o755);
  });

  test("and takes the Node that is shipped beside it", async () => {
    const { root, env } = makeProject({ files: { "node/bin/node": `#!/bin/sh\necho shipped "$2"\n` } });
    expect(await start(path.join(root, "bin/shop"), ["version"], { env: { ...env, REMSH_NODE: "" } }).finished).toEqual(
      {
        stdout: "shipped version\n",
        stderr: "",
        code: 0,
      },
    );
  });
});

describe("the launcher exits 78", () => {
  test("where there is no Node", async () => {
    const { startShop } = makeProject();
    expect(await startShop(["version"], NO_NODE).finished).toEqual({
      stdout: "",
      stderr: 'Cannot run shop: no "/nonexistent/node" in the PATH (set REMSH_NODE)\n',
      code: 78,
    });
  });

  test("where remsh is not installed", async () => {
    const root = temporaryDirectory();
    mkdirSync(path.join(root, "bin"));
    writeFileSync(path.join(root, "bin/shop"), launcherScript({ app: "shop" }), { mode: 0o755 });
    expect(await start(path.join(root, "bin/shop"), ["version"], {}).finished).toEqual({
      stdout: "",
      stderr: `Cannot run shop: no remsh in a node_modules at or above "${root}" (npm ci; with Yarn, yarn install)\n`,
      code: 78,
    });
  });
});

/** What rel/env.sh may hold: whether the command is run, and what it then finds as REMSH_VERSION. */
const ENVIRONMENTS: readonly [text: string, found: string | undefined][] = [
  ["export REMSH_VERSION=2\n[ -f /nonexistent ] && . /nonexistent\n", "2"],
  ["export REMSH_VERSION=2\nreturn 0\nexport REMSH_VERSION=3\n", "2"],
  ["export REMSH_VERSION=2\r\nif true; then\r\n  export REMSH_VERSION=3\r\nfi\r\n", "3"],
  ['set -- rpc; export REMSH_VERSION="$#$1"\n', "1rpc"],
  ['set -uf +e; false; IFS=o; export REMSH_VERSION="$1"\n', "version"],
  ["cd /; echo printed; export REMSH_VERSION=2\n", "2"],
  ["false\n", undefined],
  ["VALUE=$(false)\n", undefined],
  ["no_such_command\n", undefined],
  ["read -r VALUE\n", undefined],
  ["exit 3\n", undefined],
  ["exit 0\n", undefined],
  ["return 4\n", undefined],
  ["set -u; echo $REMSH_NOT_SET\n", undefined],
  ['VALUE=${REMSH_NOT_SET:?"is not set"}\n', undefined],
  ["if then\n", undefined],
  ['VALUE="no end\n', undefined],
  [". ./no-such-file\n", undefined],
];

describe("rel/env.sh is a script under set -e, for", () => {
  needing().test.each(["sh", "dash", "bash"])("%s", (shell) => readsAlike([shell]));
  needing("busybox").test("busybox sh", () => readsAlike(["busybox", "sh"]));

  async function readsAlike([shell = "", ...words]: string[]): Promise<void> {
    const { root, env } = makeProject();
    mkdirSync(path.join(root, "rel"));
    const command = [...words, path.join(root, "bin/shop"), "version"];
    for (const [text, found] of ENVIRONMENTS) {
      writeFileSync(path.join(root, "rel/env.sh"), text);
      const { stdout, stderr, code } = await start(shell, command, { env, cwd: root }).finished;
      expect({ stdout, code }, `${text}${stderr}`).toEqual(
        found === undefined ? { stdout: "", code: 78 } : { stdout: `shop ${found}\n`, code: 0 },
      );
      if (found === undefined)
        expect(stderr).toMatch(
          /Cannot run shop: rel\/env\.sh failed with exit \d+ \(sh -ex rel\/env\.sh shows where\)\n$/,
        );
    }
  }
});

test("a rel/env.sh that leads nowhere, or is a folder, is not left out", async () => {
  const { root, shop } = makeProject({ files: { "rel/env.sh/file": "" } });
  expect(await shop("version")).toMatchObject({ stdout: "", code: 78 });
  rmSync(path.join(root, "rel/env.sh"), { recursive: true });
  symlinkSync("/nonexistent", path.join(root, "rel/env.sh"));
  expect(await shop("version")).toMatchObject({ stdout: "", code: 78 });
});

test("from a working directory that is gone every command finds its app", async () => {
  const { root, env } = makeProject();
  const gone = temporaryDirectory();
  const script = `cd "${gone}" && rmdir "${gone}" && "${root}/bin/shop" version && "${root}/bin/shop" eval Release.add 1 2`;
  const { stdout, code } = await start("sh", ["-c", script], { env }).finished;
  expect({ stdout, code }).toEqual({ stdout: "shop 1.0.0\n3\n", code: 0 });
  mkdirSync(gone); // the test removes it
});

test("Node's options of the environment are the app's and not the client's", async () => {
  const { root, env } = makeProject({ files: { "apm.cjs": 'console.log("traced", process.argv[1]);' } });
  const given = { ...env, NODE_OPTIONS: `--require ${path.join(root, "apm.cjs")} --import remsh/register` };
  const remsh = path.join(import.meta.dirname, "../../../dist/bin/remsh");
  symlinkSync(remsh, path.join(root, "linked"));
  for (const program of [path.join(root, "bin/shop"), remsh, path.join(root, "linked")])
    expect(await start(program, ["version"], { env: given, cwd: root }).finished, program).toEqual(VERSION);
  const app = start(path.join(root, "bin/shop"), ["start"], { env: given, cwd: root });
  await app.printed("open");
  expect(app.output.stdout).toBe(`traced ${path.join(root, "server.js")}\nopen []\n`);
  const call = (...words: string[]) => start(path.join(root, "bin/shop"), words, { env: given, cwd: root }).finished;
  expect(await call("ping", "--wait", "--ready"), "one instance").toEqual(PONG);
  const options = `${given.NODE_OPTIONS}\n`;
  expect(await call("rpc", "Release.env", "NODE_OPTIONS")).toMatchObject({ stdout: options, code: 0 });
  const traced = expect.stringMatching(new RegExp(`^traced .*eval-host\\.js\n${options}$`)) as string;
  expect(await call("eval", "Release.env", "NODE_OPTIONS"), "its tasks have them").toMatchObject({ stdout: traced });
  for (const kept of ["REMSH_NODE_OPTIONS", "REMSH_SUPERVISION_PLAN"])
    expect(await call("rpc", "Release.env", kept)).toMatchObject({ stdout: "null\n" });
  await stop(app, "SIGTERM");
});

test("with Yarn's Plug'n'Play, Yarn's file is loaded into the client and the app, as by yarn run", async () => {
  const yarns = path.join("my apps/.yarn/unplugged/remsh-virtual-1/node_modules");
  const base = temporaryDirectory();
  const { root, env } = makeProject({ root: path.join(base, "my apps") });
  rmSync(path.join(root, "node_modules"), { recursive: true });
  mkdirSync(path.join(base, yarns), { recursive: true });
  symlinkSync(path.join(import.meta.dirname, "../../.."), path.join(base, yarns, "remsh"));
  writeFileSync(path.join(root, ".pnp.cjs"), 'console.error("pnp", process.argv[2] ?? "app");');
  writeFileSync(
    path.join(root, ".pnp.loader.mjs"),
    "export const resolve = (name, context, next) => next(name, context);",
  );
  const bin = path.join(base, yarns, "remsh/dist/bin/remsh.bin");
  for (const program of [path.join(root, "bin/shop"), bin]) {
    const { stdout, stderr, code } = await start(program, ["version"], { env, cwd: root }).finished;
    expect({ stdout, stderr, code }, program).toEqual({ stdout: "shop 1.0.0\n", stderr: "pnp version\n", code: 0 });
  }
  const app = start(path.join(root, "bin/shop"), ["start"], { env, cwd: root });
  await app.printed("open");
  expect(app.output.stderr).toContain("pnp start\npnp app\n");
  await stop(app, "SIGTERM");
});

test("what the app of another folder has set is not for this one, but its own names are", async () => {
  const { root, startShop } = makeProject();
  const foreign = { REMSH_ROOT: "/srv/other", REMSH_APP: "other", REMSH_INSTANCE: "one", REMSH_VERSION: "9.9.9" };
  expect(await startShop(["version"], foreign).finished).toEqual(VERSION);
  expect(await startShop(["version"], { ...foreign, REMSH_ROOT: root }).finished).toMatchObject({
    stdout: "other 9.9.9\n",
  });
});

test("rel/env.sh is sourced for every command, with REMSH_COMMAND", async () => {
  const { shop } = makeProject({
    files: { "rel/env.sh": 'echo "$REMSH_APP: $REMSH_COMMAND" >&2\nexport REMSH_VERSION=2.0.0\n' },
  });
  expect(await shop("version")).toEqual({ stdout: "shop 2.0.0\n", stderr: "shop: version\n", code: 0 });
  expect(await shop("ping")).toMatchObject({ stderr: expect.stringMatching(/^shop: ping\n/) as string, code: 69 });
});

test("REMSH_APP of the environment is kept, as RELEASE_NAME is", async () => {
  const { startShop } = makeProject();
  expect(await startShop(["version"], { REMSH_APP: "web" }).finished).toMatchObject({ stdout: "web 1.0.0\n" });
});

describe("with the app running", () => {
  const { root, startShop } = makeProject();
  let app: App;
  beforeAll(async () => {
    app = await startApp("shop.mjs", { env: { REMSH_ROOT: root } });
  });
  afterAll(() => app.stop());

  needing("curl").test.each(["sh", "dash", "bash"])("%s: a bare ping needs no Node", (shell) => needsNoNode(shell));
  needing("curl", "busybox").test("busybox sh: a bare ping needs no Node", () => needsNoNode("busybox sh"));

  async function needsNoNode(shell: string): Promise<void> {
    const [program = "", ...words] = [...shell.split(" "), path.join(root, "bin/shop"), "ping"];
    const env = { ...NO_NODE, REMSH_RUNTIME_DIR: app.env.REMSH_RUNTIME_DIR ?? "" };
    expect(await start(program, words, { env }).finished).toEqual(PONG);
    expect(await start(program, words, { env: { ...env, REMSH_INSTANCE: String(app.pid) } }).finished).toEqual(PONG);
    expect(await start(program, words, { env: { ...NO_NODE, REMSH_SOCKET: app.socket } }).finished).toEqual(PONG);
    const proxied = { ...env, http_proxy: "http://127.0.0.1:9", ALL_PROXY: "http://127.0.0.1:9" };
    expect(await start(program, words, { env: proxied }).finished).toEqual(PONG);
    const { finished } = start(program, [...words, "--json"], { env });
    expect(await finished, "with an option it is the client's").toMatchObject({ code: 78 });
  }

  test("without curl the client answers", async () => {
    const bin = temporaryDirectory();
    for (const tool of ["sh", "readlink", "env"]) symlinkSync(`/usr/bin/${tool}`, path.join(bin, tool));
    const env = { PATH: bin, REMSH_RUNTIME_DIR: app.env.REMSH_RUNTIME_DIR ?? "" };
    expect(await startShop(["ping"], env).finished).toEqual(PONG);
  });

  test("of two instances the client says which there are", async () => {
    const second = await startApp("shop.mjs", { beside: app, env: { REMSH_ROOT: root } });
    const env = { REMSH_RUNTIME_DIR: app.env.REMSH_RUNTIME_DIR ?? "" };
    const { stderr, code } = await startShop(["ping"], env).finished;
    expect({ stderr, code }).toMatchObject({ code: 64, stderr: expect.stringContaining("Cannot choose") as string });
    await stop(second);
    expect(await startShop(["ping"], env).finished, "a socket left behind does not mislead").toEqual(PONG);
  });
});

test("what listens and is no agent gets no pong", async () => {
  const socket = path.join(temporaryDirectory(), "s.sock");
  const server = createServer((_request, response) => response.end("{}")).listen(socket);
  const { startShop } = makeProject();
  const { stdout, code } = await startShop(["ping"], { REMSH_SOCKET: socket }).finished;
  expect({ stdout, code }).toEqual({ stdout: "", code: 69 });
  server.close();
});
