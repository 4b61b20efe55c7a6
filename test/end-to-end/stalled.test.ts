import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client, RpcError } from "remsh/client";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";
import { ask } from "./raw.ts";

afterAll(removeTemporary);

const FIXTURES = fileURLToPath(new URL("fixtures/", import.meta.url));

function lineOf(file: string, text: string): number {
  const lines = readFileSync(`${FIXTURES}${file}`, "utf8").split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}

async function stalledFor(client: Client, ms: number): Promise<void> {
  await eventually(async () => (await client.ping()).stalledMs > ms, "the event loop is stuck");
}

/** Starts an app, and puts its main thread into an endless loop. */
async function startStalled(): Promise<{ app: App; client: Client }> {
  const app = await startApp("shop.mjs");
  const client = await app.connect();
  client.call("Job.blockForEver").catch(() => {}); // the app is killed in its middle
  await stalledFor(client, 1050);
  return { app, client };
}

describe("while the main thread is in an endless loop", () => {
  let app: App;
  let client: Client;
  beforeAll(async () => {
    ({ app, client } = await startStalled());
  });
  afterAll(() => app.stop());

  test("the probes answer 503 and say for how long, and ping names the frame", async () => {
    const live = await ask(app, { path: "/livez" });
    expect(live.status).toBe(503);
    expect(JSON.parse(live.body)).toMatchObject({
      status: "stalled",
      app: "shop",
      stalledMs: expect.any(Number) as number,
    });
    expect((JSON.parse(live.body) as { stalledMs: number }).stalledMs).toBeGreaterThan(1000);
    const ready = await ask(app, { path: "/readyz" });
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.body)).toMatchObject({ ready: "stalled" });
    expect((await ask(app, { path: "/livez?timeout=600000" })).status).toBe(200);

    const { stdout, stderr, code } = await app.remsh("ping");
    expect({ stdout, code }).toEqual({ stdout: "", code: 75 });
    expect(stderr).toMatch(
      new RegExp(
        `^shop ${app.pid} is stalled: its event loop has not turned for \\d+(\\.\\d)? s, at blockForEver \\(.*shop\\.mjs:${lineOf("shop.mjs", "for (;;);")}\\)\n$`,
      ),
    );
  });

  test("stack shows the frame, to several callers at once and again afterwards", async () => {
    const other = await app.connect();
    const first = await Promise.all([client.stack(), other.stack(), client.stack()]);
    const looks = [...first, await client.stack(), await other.stack()];
    for (const { state, frames, stalledMs } of looks) {
      expect(state).toBe("running");
      expect(stalledMs).toBeGreaterThan(1000);
      expect(frames[0]).toMatchObject({
        function: "blockForEver",
        file: `${FIXTURES}shop.mjs`,
        line: lineOf("shop.mjs", "for (;;);"),
      });
      expect(frames.every(({ file }) => !file.includes("dist/"))).toBe(true);
    }
    await other.close();
  });

  test("what needs the main thread says that it is stalled", async () => {
    const asked = [client.describe(), client.cancel("none", { waitMs: 1 })];
    const settled = await Promise.allSettled(asked);
    expect(settled.map((each) => each.status === "rejected" && (each.reason as RpcError).code)).toEqual([
      "STALLED",
      "STALLED",
    ]);
  });

  test("remote -e ends at its deadline", async () => {
    const begun = performance.now();
    const { stdout, stderr, code } = await app.remsh("remote", "--timeout", "300ms", "-e", "1");
    expect({ stdout, code }).toEqual({ stdout: "", code: 75 });
    expect(stderr).toMatch(/^Cannot .* within 300 ms\n$/);
    expect(performance.now() - begun).toBeLessThan(4000); // without the deadline it is asked for 5 s
  });

  test("stack prints all of its answer on stdout", async () => {
    const { stdout, stderr, code } = await app.remsh("stack");
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout).toMatch(
      /^shop \d+ is running, and its event loop has not turned for \S+ s\n {4}at blockForEver \(.*shop\.mjs:\d+\)\n/,
    );
  });
});

describe("of a main thread in an endless loop", () => {
  let app: App;
  let client: Client;
  beforeEach(async () => {
    ({ app, client } = await startStalled());
  });
  afterEach(() => app.stop());

  test("runs and status tell what the gateway has passed on", async () => {
    const queued = await app.connect();
    queued.call("Release.add", [1, 2], { run: "too-late" }).catch(() => {}); // the app is killed in its middle
    await eventually(async () => (await client.runs()).length === 2, "the second call waits");
    expect(await client.runs()).toMatchObject([
      { task: "Job.blockForEver", state: "running", elapsedMs: expect.any(Number) as number },
      { run: "too-late", task: "Release.add", state: "queued" },
    ]);
    const { stdout, stderr, code } = await app.remsh("runs");
    expect(stdout).toMatch(
      /^[\w-]+ {2}Job\.blockForEver {2}running for \S+ s\ntoo-late {2}Release\.add {2}queued for \S+ m?s\n$/,
    );
    expect({ stderr, code }).toEqual({
      stderr: expect.stringMatching(
        new RegExp(
          `^shop ${app.pid} is stalled: its event loop has not turned for \\S+ s; this is what it was asked for\n$`,
        ),
      ) as string,
      code: 0,
    });
    expect((await app.remsh("status")).stdout).toMatch(
      /^ {2}state {7}stalled: .*\n(?:.*\n)* {2}runs {8}2 in flight\n/m,
    );
    expect(JSON.parse((await app.remsh("runs", "--json")).stdout)).toHaveLength(2);
  });

  test("runs tell of one that somebody has cancelled, although it cannot hear of it", async () => {
    const [{ run = "" } = {}] = await client.runs();
    await expect(client.cancel(run, { waitMs: 1 })).rejects.toMatchObject({
      code: "STALLED",
      message: expect.stringMatching(/ is stalled: .*; the run is cancelled when it turns$/) as string,
    });
    expect((await client.runs())[0]).toMatchObject({ run, task: "Job.blockForEver", state: "cancelling" });
  });

  test("runs tell of a run that was given up and goes on", async () => {
    const [{ run = "" } = {}] = await client.runs();
    const other = await app.connect();
    await expect(other.call("Job.block", [1], { run: "late", timeoutMs: 50 })).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    expect((await other.runs()).map((each) => each.run)).toEqual([run]);
  });
});

describe("an app that blocks for a while", () => {
  let app: App;
  let client: Client;
  beforeEach(async () => {
    app = await startApp("shop.mjs");
    client = await app.connect();
  });
  afterEach(() => app.stop());

  test("goes on after it was looked at", async () => {
    const blocked = client.call("Job.block", [1500]);
    await stalledFor(client, 200);
    const looks = await Promise.all([client.stack(), client.stack()]);
    expect(looks.map(({ frames }) => frames[0]?.function)).toEqual(["spin", "spin"]);
    expect(looks[0].frames[1]?.function).toBe("block");
    await blocked;
    expect(await client.call("Release.add", [1, 2])).toBe(3);
    await eventually(async () => (await client.ping()).stalledMs === 0, "the next beat of the event loop");
    expect((await ask(app, { path: "/livez" })).status).toBe(200);
    await client.close();
  });

  test("is idle when nothing runs", async () => {
    for (let look = 0; look < 5; look++) expect(await client.stack()).toMatchObject({ state: "idle", frames: [] });
    expect(await client.call("Release.add", [1, 2])).toBe(3);
    await client.close();
  });

  test("is in native code during execSync, and can be looked at afterwards", async () => {
    const blocked = client.call("Job.execSync", [2500]);
    await stalledFor(client, 200);
    expect(await client.stack()).toMatchObject({ state: "native", frames: [] });
    await blocked;
    await eventually(async () => (await client.stack()).state === "idle", "the look has let go of the main thread");
    expect(await client.call("Release.add", [1, 2])).toBe(3);
    await client.close();
  });

  test("shows who waits in Atomics.wait", async () => {
    const blocked = client.call("Job.atomicsWait", [1500]);
    await stalledFor(client, 200);
    expect(await client.stack()).toMatchObject({ state: "running", frames: [{ function: "atomicsWait" }] });
    await blocked;
    await client.close();
  });
});

test("a cancel stands, although the app could not hear of it when it was given", async () => {
  const app = await startApp("closing.mjs");
  const client = await app.connect();
  const call = client.call("Job.wellBehaved", [2500], { run: "stands" }).catch((error: unknown) => error);
  await stalledFor(client, 1050);
  expect(await app.remsh("cancel", "--wait", "50ms", "stands")).toMatchObject({
    stderr: expect.stringMatching(/^shop \d+ is stalled: .*; the run is cancelled when it turns\n$/) as string,
    code: 75,
  });
  expect(await call).toMatchObject({ code: "CANCELLED", state: "stopped" });
  await client.close();
  await app.stop();
});

test("stack of a TypeScript app names the line of the source", async () => {
  const app = await startApp("typed.ts", { nodeArgs: ["--import", "tsx"] });
  const client = await app.connect();
  client.call("Job.grind").catch(() => {}); // the app is killed in its middle
  await stalledFor(client, 100);
  expect((await client.stack()).frames[0]).toMatchObject({
    function: "grind",
    file: `${FIXTURES}typed.ts`,
    line: lineOf("typed.ts", "the line that stack names"),
  });
  await app.stop();
});

test("a hundred looks leave no session behind", async () => {
  const app = await startApp("shop.mjs");
  const client = await app.connect();
  const looking = (async () => {
    for (let look = 0; look < 100; look++) await client.stack();
  })();
  while (await Promise.race([looking.then(() => false), client.call("Release.empty").then(() => true)]));
  expect(await client.stack()).toMatchObject({ state: "idle" });
  await client.close();
  await app.stop();
});

test("an app in an endless loop of awaits is never said to be idle", async () => {
  const app = await startApp("shop.mjs");
  const client = await app.connect();
  client.call("Job.awaitForEver").catch(() => {}); // the app is killed in its middle
  await stalledFor(client, 1050);
  for (let look = 0; look < 5; look++) expect(await client.stack()).toMatchObject({ state: "running" });
  await app.stop();
});
