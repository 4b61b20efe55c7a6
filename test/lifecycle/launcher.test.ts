import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launcherScript } from "../../client/lifecycle/launcher-script.ts";
import { removeTemporary, start, startApp, stop, temporaryDirectory, type App } from "../end-to-end/processes.ts";
import { needing } from "../needing.ts";
import { makeProject } from "./project.ts";

afterAll(removeTemporary);

const PONG = { stdout: "pong\n", stderr: "", code: 0 };
const VERSION = { stdout: "shop 1.0.0\n", stderr: "", code: 0 };
const NO_NODE = { REMSH_NODE: "/nonexistent/node" };

test("the launcher is shorter than 40 lines, and the example has it unchanged", () => {
  const script = launcherScript({ app: "shop" });
  expect(script.split("\n").length).toBeLessThan(40);
  expect(readFileSync(path.join(import.meta.dirname, "../../examples/shop/bin/shop"), "utf8")).toBe(script);
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
      stderr: `Cannot run shop: no remsh in a node_modules at or above "${root}" (npm ci)\n`,
      code: 78,
    });
  });
});

test("rel/env.sh may end in a test that fails", async () => {
  const { shop } = makeProject({ files: { "rel/env.sh": "[ -f /nonexistent ] && . /nonexistent\n" } });
  expect(await shop("version")).toEqual(VERSION);
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
  let app: App;
  beforeAll(async () => {
    app = await startApp("shop.mjs");
  });
  afterAll(() => app.stop());

  needing("curl").test.each(["sh", "dash", "bash"])("%s: a bare ping needs no Node", (shell) => needsNoNode(shell));
  needing("curl", "busybox").test("busybox sh: a bare ping needs no Node", () => needsNoNode("busybox sh"));

  async function needsNoNode(shell: string): Promise<void> {
    const { root } = makeProject();
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
    const { startShop } = makeProject();
    const bin = temporaryDirectory();
    for (const tool of ["sh", "readlink", "env"]) symlinkSync(`/usr/bin/${tool}`, path.join(bin, tool));
    const env = { PATH: bin, REMSH_RUNTIME_DIR: app.env.REMSH_RUNTIME_DIR ?? "" };
    expect(await startShop(["ping"], env).finished).toEqual(PONG);
  });

  test("of two instances the client says which there are", async () => {
    const second = await startApp("shop.mjs", { beside: app });
    const { startShop } = makeProject();
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
