import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "remsh/client";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";
import { ask } from "./raw.ts";

afterAll(removeTemporary);

const KB = 1024;
const CALLS = 100_000;

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("measured.mjs", { nodeArgs: ["--expose-gc"] });
  client = await app.connect();
  // What is compiled, cached and loaded once is no leak: after some seconds the agent reads the app's source, to know
  // whether it will listen.
  await callMany(CALLS / 2);
  expect(await app.remsh("ping", "--ready", "--wait", "60s")).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await client.close();
  await app.stop();
});

interface Memory {
  heapBytes: number;
  ports: number;
  resources: number;
  listeners: number;
}

async function memory(): Promise<Memory> {
  return (await client.call("Measure.memory")) as Memory;
}

/** Calls with 64 in flight: nearly all empty, some that print, throw, or have a deadline. */
async function callMany(count: number): Promise<void> {
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      if (left % 50 === 0) await client.call("Job.printing");
      else if (left % 50 === 1) await client.call("Job.throwing").catch(() => {});
      else if (left % 50 === 2) await client.call("Job.empty", [], { timeoutMs: 60_000 });
      else await client.call("Job.empty");
    }
  };
  await Promise.all(Array.from({ length: 64 }, one));
}

test("nothing on the app's heap grows over 100,000 calls", async () => {
  const before = await memory();
  await callMany(CALLS);
  const after = await memory();
  // Less than two bytes for each call: caches of Node's own, and no object of ours.
  expect((after.heapBytes - before.heapBytes) / KB).toBeLessThan(200);
  expect(after).toMatchObject({ ports: before.ports, resources: before.resources, listeners: before.listeners });
});

test("nothing remains of 500 connections and 500 posts", async () => {
  const before = await memory();
  for (let round = 0; round < 25; round++) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => app.connect()));
    await Promise.all(clients.map((each) => each.call("Job.printing")));
    await Promise.all(clients.map((each) => each.close()));
    const body = '{"jsonrpc":"2.0","id":1,"method":"call","params":{"task":"Job.printing"}}';
    const posts = Array.from({ length: 20 }, () => ask(app, { method: "POST", path: "/rpc", body }));
    for (const { status } of await Promise.all(posts)) expect(status).toBe(200);
  }
  await eventually(async () => (await memory()).ports === before.ports, "every port is closed");
  const after = await memory();
  expect((after.heapBytes - before.heapBytes) / KB).toBeLessThan(300);
  expect(after).toMatchObject({ resources: before.resources, listeners: before.listeners });
});

test("the resident memory of the whole process does not grow with the calls", async () => {
  const before = await client.ping();
  await callMany(CALLS / 2);
  const after = await client.ping();
  // The gateway's heap is in there too.
  expect((after.rssBytes - before.rssBytes) / KB / KB).toBeLessThan(40);
});
