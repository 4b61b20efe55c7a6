import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Client } from "remsh/client";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";

afterAll(removeTemporary);

let app: App;
let client: Client;
beforeEach(async () => {
  app = await startApp("fragile.mjs");
  client = await app.connect();
});
afterEach(async () => {
  await client.close();
  await app.stop();
});

interface State {
  aborted: number;
  finished: number;
  gateways: number;
  warnings: string[];
}

async function askApp(path: string): Promise<State> {
  const response = await fetch(`http://127.0.0.1:${app.port}${path}`);
  return (await response.json()) as State;
}

test.each(["/end-gateway", "/throw-in-gateway"])("after %s a new gateway answers", async (how) => {
  const lost = client.call("Job.untilReleased").catch((error: unknown) => error);
  await eventually(async () => (await client.runs()).length === 1, "the task runs");
  await askApp(how);
  expect(await lost).toMatchObject({ code: "CONNECTION_LOST", state: "unknown" });
  expect(await client.ping()).toMatchObject({ status: "ok", pid: app.pid });
  await askApp("/release");
  await eventually(async () => (await askApp("/")).finished === 1, "the run has gone on");
  expect(await client.call("Job.wait", [1])).toBe("waited");
  expect(await app.remsh("ping")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  expect((await askApp("/")).warnings[0]).toMatch(/^The gateway ended and starts again: /);
});

test("a new gateway answers within a second of the end of the one before", async () => {
  const times: number[] = [];
  for (let tried = 0; tried < 3; tried++) {
    const fresh = await startApp("fragile.mjs");
    const asking = await fresh.connect();
    await asking.ping();
    const begun = performance.now();
    await fetch(`http://127.0.0.1:${fresh.port}/end-gateway`);
    await eventually(async () => (await asking.ping().catch(() => undefined))?.status === "ok", "it answers again");
    times.push(performance.now() - begun);
    await asking.close();
    await fresh.stop();
  }
  // Two shared cores may be late now and then, and not every time.
  expect(Math.min(...times), times.join(", ")).toBeLessThan(1000);
});

test("runs of the gateway that is gone are listed and cancelled through the new one", async () => {
  const lost = client.call("Job.untilAborted", [], { run: "orphan" }).catch((error: unknown) => error);
  await eventually(async () => (await client.runs()).length === 1, "the task runs");
  await askApp("/end-gateway");
  await lost;
  expect(await client.runs()).toMatchObject([{ run: "orphan", state: "running" }]);
  expect(await client.cancel("orphan")).toEqual({ run: "orphan", state: "stopped" });
});

test("a run's deadline holds although the gateway that kept it is gone", async () => {
  const lost = client.call("Job.untilAborted", [], { timeoutMs: 1500 }).catch((error: unknown) => error);
  await eventually(async () => (await client.runs()).length === 1, "the task runs");
  await askApp("/end-gateway");
  expect(await lost).toMatchObject({ code: "CONNECTION_LOST" });
  await eventually(async () => (await askApp("/")).aborted === 1, "its signal fires");
});

test("a gateway that ends again and again is started again and again", async () => {
  for (let round = 0; round < 4; round++) {
    await askApp("/end-gateway");
    await eventually(async () => (await client.ping().catch(() => undefined))?.status === "ok", "it answers again");
  }
  expect(await client.call("Job.wait", [1])).toBe("waited");
  expect((await askApp("/")).warnings.length).toBeLessThanOrEqual(2);
});

test("a gateway whose path another process has taken is started until the path is free, and says so once", async () => {
  rmSync(app.socket);
  const other = createServer().listen(app.socket);
  await once(other, "listening");
  await askApp("/end-gateway");
  await eventually(async () => (await askApp("/")).gateways >= 3, "it is tried twice");
  expect((await askApp("/")).warnings).toEqual([
    "The gateway ended and starts again: its thread was ended",
    `The gateway could not start again: Cannot listen at "${app.socket}": another process listens there already`,
  ]);
  await new Promise((resolve) => other.close(resolve));
  await eventually(async () => (await app.remsh("ping")).code === 0, "it answers once the path is free");
});

test("a gateway that ends while somebody looks at the stack leaves the main thread running", async () => {
  for (let round = 0; round < 5; round++) {
    const looks = Promise.allSettled([client.stack(), client.ping()]);
    await askApp("/end-gateway");
    await looks;
    await eventually(async () => (await client.ping().catch(() => undefined))?.status === "ok", "it answers again");
    expect(await client.call("Job.wait", [1])).toBe("waited");
  }
});

test("an agent that closes while its gateway is started anew leaves nothing behind", async () => {
  const closing = Promise.all([askApp("/end-gateway"), askApp("/close")]);
  await closing;
  await eventually(() => !existsSync(path.dirname(app.socket)), "socket and directory are gone");
  expect((await askApp("/")).aborted).toBe(0); // the app still answers
});
