// A call whose caller has given it up does not begin when the app, which was suspended, goes on.
import { once } from "node:events";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { clockName, monotonicMs } from "../../shared/boot-clock.ts";
import type { Client } from "../../client/index.ts";
import { removeTemporary, startApp, startRemsh, type App } from "./processes.ts";
import { openRaw } from "./raw.ts";

const onLinux = test.skipIf(process.platform !== "linux");

let app: App;
let client: Client;
beforeEach(async () => {
  app = await startApp("shop.mjs");
  client = await app.connect();
});
afterEach(async () => {
  app.child.kill("SIGCONT");
  await client.close();
  await app.stop();
});
afterAll(removeTemporary);

/** How many tasks of the kind have begun, when all that had been sent before has been read. */
async function started(): Promise<unknown> {
  const other = await app.connect();
  try {
    for (let turn = 0; turn < 5; turn++) await other.call("Value.text");
    await other.runs();
    return await other.call("Job.state");
  } finally {
    await other.close();
  }
}

onLinux("calls of the library and of rpc that were given up while it was suspended never begin", async () => {
  app.child.kill("SIGSTOP");
  const command = startRemsh(["rpc", "--timeout", "1s", "Job.wait"], { env: app.env });
  const calls = [1, 2, 3].map(() => client.call("Job.wait", [{ ms: 60_000 }], { timeoutMs: 1000 }));
  for (const settled of await Promise.allSettled(calls))
    expect(settled).toMatchObject({ reason: { code: "TIMEOUT", state: "unknown" } });
  expect((await command.finished).code).toBe(75);
  app.child.kill("SIGCONT");
  expect(await started()).toMatchObject({ started: 0 });
});

onLinux("a drain that was given up while it was suspended never begins", async () => {
  app.child.kill("SIGSTOP");
  const command = startRemsh(["drain"], { env: { ...app.env, REMSH_TIMEOUT: "1s" } });
  expect((await command.finished).code).toBe(75);
  app.child.kill("SIGCONT");
  await started();
  expect((await startRemsh(["ping", "--ready"], { env: app.env }).finished).code).toBe(0);
});

onLinux("a call of a client that gives up later begins as ever", async () => {
  const call = client.call("Job.wait", [{ ms: 1 }], { timeoutMs: 60_000 });
  await call;
  expect(await started()).toMatchObject({ started: 1 });
});

test.each([
  ["that has passed is not begun", { clock: clockName() ?? "", inMs: -1, code: "TIMEOUT" }],
  ["of another clock counts for nothing", { clock: "another boot", inMs: -1, code: undefined }],
  ["that is to come lets it begin", { clock: clockName() ?? "", inMs: 60_000, code: undefined }],
])("a request with an expiry %s", async (_what, { clock, inMs, code }) => {
  if (clock === "") return; // no clock here that two processes could name
  const raw = await openRaw(app);
  const params = { task: "Value.text", timeoutMs: 60_000, expiry: { clock, atMs: monotonicMs() + inMs } };
  raw.send(JSON.stringify({ jsonrpc: "2.0", id: 0, method: "console.open", params: { who: "test", console: "own" } }));
  await raw.response(0);
  for (const [id, method, own] of [
    [1, "call", params],
    [2, "evaluate", { ...params, code: "Value.text()" }],
    [3, "console.evaluate", { console: "own", source: "1", expiry: params.expiry }],
    [4, "drain", { expiry: params.expiry }],
    [5, "ready", { expiry: params.expiry }],
    [6, "reload", { expiry: params.expiry }],
  ] as const) {
    raw.send(JSON.stringify({ jsonrpc: "2.0", id, method, params: own }));
    const { error } = await raw.response(id);
    const otherwise = method === "reload" ? "NOT_SUPPORTED" : undefined; // its tasks are an object
    const expected = code ? { code, state: "not-started" } : otherwise && { code: otherwise };
    expect(error?.data).toEqual(expected && expect.objectContaining(expected));
  }
  raw.socket.terminate();
  await once(raw.socket, "close");
});
