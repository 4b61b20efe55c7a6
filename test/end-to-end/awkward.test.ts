import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TaskError, type Client, type RpcError } from "remsh/client";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";
import { ask, type Answer } from "./raw.ts";

afterAll(removeTemporary);

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("awkward.mjs");
  client = await app.connect();
});
afterAll(async () => {
  await client.close();
  await app.stop();
});

// Whatever the tasks do, nothing has been thrown into the app.
afterEach(async () => {
  expect(await client.call("Ready.unhandled")).toEqual([]);
});

const NOT_TO_BE_LOOKED_AT = ["touchy", "revoked", "getter", "toJSON", "inspect", "deep", "nullPrototype", "symbol"];
const ERRORS = ["selfCause", "wide", "long", "properties", "notAString"];

test.each([...NOT_TO_BE_LOOKED_AT, ...ERRORS])("a task that throws %s is reported, within bounds", async (name) => {
  const error: unknown = await client.call(`Throw.${name}`).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TaskError);
  const { report } = error as TaskError;
  expect(report.length).toBeGreaterThan(0);
  expect(report.length).toBeLessThan(2_000_000);
});

test.each(["getter", "toJSON", "deep", "symbol"])(
  "a task that returns %s has returned, and its value is shown instead",
  async (name) => {
    const error: unknown = await client.call(`Return.${name}`).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "NOT_SERIALIZABLE", state: "stopped" });
    expect((error as RpcError).text?.length).toBeGreaterThan(0);
  },
);

test("progress that is no progress is refused in the task, and a long message is cut", async () => {
  const steps: (string | undefined)[] = [];
  const refused = await client.call("Progress.bad", [], { onProgress: ({ message }) => steps.push(message) });
  const noNumber = 'TypeError: Cannot report progress: "done" must be a number, as in progress({ done: 1, total: 3 })';
  const noObject =
    'TypeError: Cannot report progress: it takes one object, as progress({ done: 1, total: 3, message: "users" })';
  const noTotal = 'TypeError: Cannot report progress: "total" must be a number';
  expect(refused).toEqual([noNumber, noTotal, noNumber, noObject, noObject]);
  expect(steps.map((message) => message?.length)).toEqual([1000]);
});

describe("/readyz", () => {
  async function readyz(query = ""): Promise<Answer> {
    return ask(app, { path: `/readyz${query}` });
  }

  test.each([
    ["yes", 200, { ready: "ready" }],
    ["no", 503, { ready: "not-ready" }],
    ["throws", 503, { ready: "not-ready", reason: "no database" }],
    ["throwsSymbol", 503, { ready: "not-ready", reason: "Symbol(why)" }],
    ["throwsTouchy", 503, { ready: "not-ready" }],
  ])("where the app says %s answers %i", async (how, status, body) => {
    await client.call("Ready.set", [how]);
    const answer = await readyz();
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject(body);
  });

  test("asks a check that hangs once, however many ask", async () => {
    await client.call("Ready.set", ["hangs"]);
    const answers = await Promise.all(Array.from({ length: 10 }, () => readyz("?timeout=300")));
    for (const { status, body } of answers) {
      expect(status).toBe(503);
      expect(JSON.parse(body)).toMatchObject({
        ready: "not-ready",
        reason: "it did not say within 300 ms whether it is ready",
      });
    }
    expect(await client.call("Ready.asked")).toBe(1);
  });
});

test("describe and calls wait while the tasks load, and a deadline says that the task did not start", async () => {
  const slow = await startApp("awkward.mjs", { args: ["slow"] });
  const other = await slow.connect();
  const described = other.describe();
  const called = other.call("Ready.asked");
  await expect(other.call("Ready.asked", [], { timeoutMs: 100 })).rejects.toMatchObject({
    code: "TIMEOUT",
    state: "not-started",
  });
  await eventually(async () => (await other.runs()).length === 1, "one call is left");
  slow.child.kill("SIGUSR2");
  expect((await described).tasks.length).toBeGreaterThan(20);
  expect(await called).toBe(0);
  await other.close();
  await slow.stop();
});
