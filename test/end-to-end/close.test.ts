import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Client } from "remsh/client";
import { eventually, removeTemporary, startApp, stop, type App } from "./processes.ts";
import { ask, openRaw } from "./raw.ts";

afterAll(removeTemporary);

let app: App;
let client: Client;
beforeEach(async () => {
  app = await startApp("closing.mjs", { args: ["--end-when-closed"] });
  client = await app.connect();
});
afterEach(async () => {
  await client.close();
  await app.stop();
});

async function closeAgent(query: string): Promise<void> {
  await (await fetch(`http://127.0.0.1:${app.port}/close?${query}`)).text();
}

async function running(run: string): Promise<void> {
  await eventually(async () => (await client.runs()).some((each) => each.run === run), `run ${run} is in flight`);
}

test("close removes the socket and its directory, four times over", async () => {
  expect(existsSync(app.socket)).toBe(true);
  await closeAgent("times=4");
  expect(existsSync(app.socket)).toBe(false);
  expect(existsSync(path.dirname(app.socket))).toBe(false);
  await closeAgent("times=4");
  await expect(client.ping()).rejects.toMatchObject({ code: "NOT_LISTENING" });
});

test("a run that ends within the grace period is answered, with all its output", async () => {
  let printed = "";
  const call = client.call("Job.wait", [400], { run: "short", onOutput: ({ text = "" }) => (printed += text) });
  await running("short");
  const closing = closeAgent("graceMs=5000");
  expect(await call).toBe("waited");
  expect(printed).toBe("last words\n");
  await closing;
});

test("while it closes it refuses calls, answers ping, and is not ready", async () => {
  const other = await app.connect();
  const call = client.call("Job.wait", [600], { run: "short" });
  await running("short");
  const closing = closeAgent("graceMs=5000");
  await eventually(async () => (await ask(app, { path: "/readyz" })).status === 503, "the agent is closing");
  expect(JSON.parse((await ask(app, { path: "/readyz" })).body)).toMatchObject({ ready: "stopping" });
  await expect(other.call("Job.wait", [1])).rejects.toMatchObject({
    code: "CLOSING",
    message: "Cannot start a run: the app is stopping",
    state: "not-started",
  });
  expect(await other.ping()).toMatchObject({ status: "ok" });
  expect(await call).toBe("waited");
  await closing;
  await other.close();
});

test("a run that outlasts the grace period gets its signal", async () => {
  const call = client.call("Job.wellBehaved", [], { run: "long" }).catch((error: unknown) => error);
  await running("long");
  await closeAgent("graceMs=100");
  expect(await call).toMatchObject({ code: "CANCELLED", state: "stopped" });
});

test("the caller of a run that ignores its signal is told that it still runs", async () => {
  const call = client.call("Job.stubborn", [], { run: "long" }).catch((error: unknown) => error);
  await running("long");
  await closeAgent("graceMs=100");
  expect(await call).toMatchObject({ code: "CANCELLED", state: "running" });
});

test("an app that has closed its agent ends by itself", async () => {
  await client.close();
  app.child.kill("SIGTERM");
  expect((await app.finished).code).toBe(0);
  expect(existsSync(path.dirname(app.socket))).toBe(false);
});

test("close leaves no thread and no listener behind", async () => {
  const before = (await (await fetch(`http://127.0.0.1:${app.port}/`)).json()) as {
    threads: number;
    listeners: number;
  };
  const after = (await (await fetch(`http://127.0.0.1:${app.port}/close`)).json()) as typeof before;
  expect(after.threads).toBeLessThan(before.threads);
  expect(after.listeners).toBe(before.listeners - 1);
});

test("an app that ends in the middle of a run removes its socket, and the caller is told", async () => {
  const call = client.call("Job.exit").catch((error: unknown) => error);
  expect(await call).toMatchObject({ code: "CONNECTION_LOST", state: "unknown" });
  expect((await app.finished).code).toBe(3);
  expect(existsSync(path.dirname(app.socket))).toBe(false);
});

test("a connection that does not answer the goodbye does not hold the close up", async () => {
  const raw = await openRaw(app);
  raw.socket.pause();
  const begun = performance.now();
  await closeAgent("graceMs=100");
  expect(performance.now() - begun).toBeLessThan(3000);
  expect(existsSync(app.socket)).toBe(false);
  await stop(app);
  raw.socket.resume();
  await raw.close();
});
