// How many functions of ours stand between the port and a task: docs/architecture.md says the number.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp, type App } from "../end-to-end/processes.ts";
import { connect, type Client } from "../../client/index.ts";

const MOST = 8;

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("frames.mjs");
  client = await connect({ socket: app.socket });
});
afterAll(async () => {
  await client.close();
  await app.stop();
});

async function framesOf(task: string, args: unknown[] = []): Promise<string[]> {
  const stack = String(await client.call(task, args));
  return stack.split("\n").filter((line) => line.includes("/dist/"));
}

test.each([
  ["a plain function", "Frames.plain", []],
  ["a task with a context", "Frames.withContext", []],
  ["a task whose arguments a schema checks", "Frames.checked", [{ days: 1 }]],
])("between the port and %s stand at most eight functions of ours", async (_what, task, args) => {
  const frames = await framesOf(task, args);
  expect(frames.length, frames.join("\n")).toBeGreaterThan(1);
  expect(frames.length, frames.join("\n")).toBeLessThanOrEqual(MOST);
});

test("the architecture says how many they are of a plain function", async () => {
  const words = ["five", "six", "seven", "eight"];
  const document = readFileSync(path.join(import.meta.dirname, "../../docs/architecture.md"), "utf8");
  const [, word = ""] =
    /Between a message on the port and the user's function are (\w+) functions of ours/.exec(document) ?? [];
  expect((await framesOf("Frames.plain")).length).toBe(words.indexOf(word) + 5);
});
