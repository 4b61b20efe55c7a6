import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { usualRuntimeDirectories } from "../../shared/addresses.ts";
import { remsh, removeTemporary, startApp, startRemsh, stop, temporaryDirectory, type App } from "./processes.ts";

afterAll(removeTemporary);

describe("with one instance running", () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp("shop.mjs");
  });
  afterAll(() => app.stop());

  test("ping prints pong and exits 0", async () => {
    expect(await app.remsh("ping")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  });

  test("ping finds the socket by REMSH_SOCKET, --socket and --instance", async () => {
    const pong = { stdout: "pong\n", stderr: "", code: 0 };
    expect(await remsh(["ping"], { env: { REMSH_SOCKET: app.socket } })).toEqual(pong);
    expect(await remsh(["--socket", app.socket, "ping"])).toEqual(pong);
    expect(await app.remsh("--instance", String(app.pid), "ping")).toEqual(pong);
  });

  test("ping --json prints what the agent says of itself", async () => {
    const { stdout, code } = await app.remsh("ping", "--json");
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      status: "ok",
      app: "shop",
      version: "1.2.3",
      instance: String(app.pid),
      pid: app.pid,
      protocol: "remsh.v1",
    });
  });

  test("ping --ready exits 75 while the app says that it is not ready", async () => {
    const client = await app.connect();
    await client.call("Job.ready", [false]);
    expect(await app.remsh("ping", "--ready")).toEqual({
      stdout: "",
      stderr: `shop ${app.pid} is not-ready\n`,
      code: 75,
    });
    expect(await app.remsh("ping")).toMatchObject({ code: 0 });
    await client.call("Job.ready", [true]);
    expect(await app.remsh("ping", "--ready")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
    await client.close();
  });

  test("pid prints a bare number", async () => {
    expect(await app.remsh("pid")).toEqual({ stdout: `${app.pid}\n`, stderr: "", code: 0 });
  });

  test("status shows the app on one screen", async () => {
    const { stdout, code } = await app.remsh("status");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^shop \d+\n {2}state +ready\n {2}ready when +its own check says so\n {2}version +1\.2\.3\n {2}pid +\d+\n {2}node +v\d+\.\d+\.\d+\n {2}uptime .+\n {2}memory +\d+ MiB resident\n {2}loop delay .+\n {2}tasks +\d+\n {2}runs +none in flight\n {2}socket +\/.+\.sock\n$/,
    );
  });
});

test("where the place was not chosen, as under cron, the sentence says which variables decide on it", async () => {
  const directory = temporaryDirectory();
  const places = usualRuntimeDirectories()
    .map((place) => `"${place}"`)
    .join(", ");
  // Of a name that no other test gives its app: those are found, too.
  expect(await remsh(["--app", "nowhere", "ping"], { env: { XDG_RUNTIME_DIR: directory } })).toEqual({
    stdout: "",
    stderr: `Cannot reach nowhere: it does not run here (nothing listens in "${directory}/remsh/nowhere", nor in ${places}; if it was started with another XDG_RUNTIME_DIR or TMPDIR, set REMSH_RUNTIME_DIR for both)\n`,
    code: 69,
  });
});

test("ping of an app that does not run exits 69 and says where it looked", async () => {
  const directory = temporaryDirectory();
  expect(await remsh(["--app", "shop", "ping"], { env: { REMSH_RUNTIME_DIR: directory } })).toEqual({
    stdout: "",
    stderr: `Cannot reach shop: it does not run here (nothing listens in "${directory}/shop")\n`,
    code: 69,
  });
});

test("ping of an unknown app names those that run", async () => {
  const app = await startApp("shop.mjs");
  expect(await remsh(["--app", "shpo", "ping"], { env: app.env })).toEqual({
    stdout: "",
    stderr: "Cannot reach shpo: no app of that name runs here (running: shop)\n",
    code: 69,
  });
  await app.stop();
});

test("ping of a socket that is not there exits 69", async () => {
  const socket = path.join(temporaryDirectory(), "none.sock");
  expect(await remsh(["--socket", socket, "ping"])).toEqual({
    stdout: "",
    stderr: `Cannot reach "${socket}": nothing listens there\n`,
    code: 69,
  });
});

test("ping of a killed app says that the process is gone", async () => {
  const app = await startApp("shop.mjs");
  await stop(app);
  expect(await app.remsh("ping")).toEqual({
    stdout: "",
    stderr: `Cannot reach shop ${app.pid}: the process that listened at "${app.socket}" is gone\n`,
    code: 69,
  });
});

test("a new instance replaces the socket that a killed one left behind", async () => {
  const first = await startApp("shop.mjs", { env: { REMSH_INSTANCE: "web" } });
  await stop(first);
  const second = await startApp("shop.mjs", { beside: first, env: { REMSH_INSTANCE: "web" } });
  expect(await second.remsh("pid")).toEqual({ stdout: `${second.pid}\n`, stderr: "", code: 0 });
  await second.stop();
});

test("ping of a plain file, or of a server that is no agent, says so", async () => {
  const file = path.join(temporaryDirectory(), "file.sock");
  writeFileSync(file, "");
  expect(await remsh(["--socket", file, "ping"])).toEqual({
    stdout: "",
    stderr: `Cannot reach "${file}": it is not a socket\n`,
    code: 69,
  });
  const socket = path.join(temporaryDirectory(), "foreign.sock");
  const server = createServer((client) => client.end("220 mail.example ESMTP\r\n"));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  expect(await remsh(["--socket", socket, "ping"])).toEqual({
    stdout: "",
    stderr: `Cannot reach "${socket}": what listens there is not a remsh agent\n`,
    code: 69,
  });
  server.close();
});

test("ping of an agent that speaks another version names both", async () => {
  const socket = path.join(temporaryDirectory(), "newer.sock");
  const body = `${JSON.stringify({ protocol: "remsh.v9", pid: 1, status: "ok" })}\n`;
  const server = createServer((client) =>
    client.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
  );
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  expect(await remsh(["--socket", socket, "ping"])).toEqual({
    stdout: "",
    stderr: `Cannot speak with "${socket}": it speaks remsh.v9, this client remsh.v1\n`,
    code: 69,
  });
  server.close();
});

test("a directory that is open to others is refused with 77", async () => {
  const directory = temporaryDirectory();
  mkdirSync(path.join(directory, "shop"), { mode: 0o755 });
  for (const words of [[], ["--instance", "web-1"]])
    expect(await remsh(["--app", "shop", ...words, "ping"], { env: { REMSH_RUNTIME_DIR: directory } })).toEqual({
      stdout: "",
      stderr: `Cannot use the directory "${directory}/shop": others may use it (mode 755); chmod it to 700\n`,
      code: 77,
    });
});

test("with several instances, ping wants one to be named", async () => {
  const first = await startApp("shop.mjs", { env: { REMSH_INSTANCE: "web-1" } });
  const second = await startApp("shop.mjs", { beside: first, env: { REMSH_INSTANCE: "web-2" } });
  const env = { REMSH_RUNTIME_DIR: first.env.REMSH_RUNTIME_DIR ?? "", REMSH_APP: "shop" };
  expect(await remsh(["ping"], { env })).toEqual({
    stdout: "",
    stderr:
      "Cannot choose: 2 instances of shop run here, web-1, web-2 (name one with --instance, or take any with --any)\n",
    code: 64,
  });
  expect(await remsh(["pid", "--instance", "web-1"], { env })).toEqual({
    stdout: `${first.pid}\n`,
    stderr: "",
    code: 0,
  });
  expect(await remsh(["--instance", "web-2", "pid"], { env })).toEqual({
    stdout: `${second.pid}\n`,
    stderr: "",
    code: 0,
  });
  expect(await remsh(["--any", "ping"], { env })).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  await stop(first);
  // One of the two is gone: what it left behind does not count.
  expect(await remsh(["pid"], { env })).toEqual({ stdout: `${second.pid}\n`, stderr: "", code: 0 });
  await second.stop();
});

test("ping --wait is quiet and ends when the app comes up", async () => {
  const directory = temporaryDirectory();
  const waiting = startRemsh(["ping", "--wait", "30s"], { env: { REMSH_RUNTIME_DIR: directory, REMSH_APP: "shop" } });
  const app = await startApp("shop.mjs", { env: { REMSH_RUNTIME_DIR: directory } });
  expect(await waiting.finished).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  await app.stop();
});

test("ping --wait exits 75 at the limit, with the reason", async () => {
  const directory = temporaryDirectory();
  expect(
    await remsh(["ping", "--wait", "200ms"], { env: { REMSH_RUNTIME_DIR: directory, REMSH_APP: "shop" } }),
  ).toEqual({
    stdout: "",
    stderr: `Gave up after 200 ms: Cannot reach shop: it does not run here (nothing listens in "${directory}/shop")\n`,
    code: 75,
  });
});
