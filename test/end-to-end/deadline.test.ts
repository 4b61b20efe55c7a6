import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { RpcError, type Client } from "remsh/client";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";
import { callOf, openRaw } from "./raw.ts";

afterAll(removeTemporary);

/** So long after the deadline the caller has its answer. */
const SLACK_MS = 200;
/** Two shared cores may be late now and then, and not every time. */
const TRIES = 5;

interface State {
  started: number;
  stopped: number;
  finished: number;
}

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(() => app.stop());
beforeEach(async () => {
  client = await app.connect();
  await client.call("Job.reset");
});
afterEach(() => client.close());

async function failure(call: Promise<unknown>): Promise<{ error: RpcError; afterMs: number }> {
  const begun = performance.now();
  const error = await call.then(
    () => expect.fail("the call succeeded"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  return { error: error as RpcError, afterMs: performance.now() - begun };
}

async function state(): Promise<State> {
  return (await client.call("Job.state")) as State;
}

test("at the deadline the signal fires and the caller is told that the task stopped", async () => {
  const { error, afterMs } = await failure(client.call("Job.wait", [{ ms: 60_000 }], { timeoutMs: 1000 }));
  expect(error).toMatchObject({
    code: "TIMEOUT",
    state: "stopped",
    message: 'Gave up on "Job.wait" after 1 s: cancelled, and the task stopped',
  });
  expect(afterMs).toBeGreaterThanOrEqual(995);
  expect(await state()).toMatchObject({ started: 1, stopped: 1, finished: 0 });
});

test("a task that takes no notice of its signal still runs when its caller is told", async () => {
  const { error } = await failure(client.call("Job.stubborn", [3000], { timeoutMs: 1000 }));
  expect(error).toMatchObject({ code: "TIMEOUT", state: "running" });
  expect(error.message).toContain("cancelled, but the task still runs");
  expect(await state()).toMatchObject({ finished: 0 });
  expect(await client.runs()).toMatchObject([{ task: "Job.stubborn", state: "cancelling" }]);
  await eventually(async () => (await state()).finished === 1, "the task goes on to its end");
});

test("a task that returns because of its signal has stopped", async () => {
  const { error } = await failure(client.call("Job.obliging", [], { timeoutMs: 1000 }));
  expect(error).toMatchObject({ code: "TIMEOUT", state: "stopped" });
});

test("a task that is quicker than its deadline is not disturbed by it", async () => {
  expect(await client.call("Job.wait", [{ ms: 20 }], { timeoutMs: 60_000 })).toBe("waited");
});

describe("the caller is told within 200 ms of the deadline", () => {
  test.each<[string, (timeoutMs: number) => Promise<unknown>]>([
    ["that the task stopped", (timeoutMs) => client.call("Job.wait", [{ ms: 60_000 }], { timeoutMs })],
    ["that the task takes no notice", (timeoutMs) => client.call("Job.stubborn", [500], { timeoutMs })],
    ["that the task blocks the main thread", (timeoutMs) => client.call("Job.block", [500], { timeoutMs })],
    [
      "that the task did not start, since another blocks the main thread",
      (timeoutMs) => {
        client.call("Job.block", [500]).catch(() => {}); // its own caller's matter
        return client.call("Job.wait", [{ ms: 1 }], { timeoutMs });
      },
    ],
  ])("%s", async (_what, call) => {
    const times: number[] = [];
    for (let round = 0; round < TRIES; round++) {
      const { error, afterMs } = await failure(call(100));
      expect(error.code).toBe("TIMEOUT");
      times.push(afterMs);
      await eventually(async () => (await client.runs()).length === 0, "nothing is in flight any more");
    }
    expect(Math.min(...times)).toBeGreaterThanOrEqual(95);
    expect(Math.min(...times), times.join(", ")).toBeLessThan(100 + SLACK_MS);
  });
});

describe("while the main thread is blocked", () => {
  test("the deadline holds, and says that the task still runs", async () => {
    const { error } = await failure(client.call("Job.block", [3000], { timeoutMs: 1000 }));
    expect(error).toMatchObject({ code: "TIMEOUT", state: "running" });
  });

  test("a queued call that times out never starts", async () => {
    const blocked = client.call("Job.block", [1500]);
    const { error } = await failure(client.call("Job.wait", [{ ms: 1 }], { timeoutMs: 200 }));
    expect(error).toMatchObject({
      code: "TIMEOUT",
      state: "not-started",
      message: 'Gave up on "Job.wait" after 200 ms: the task did not start',
    });
    await blocked;
    expect(await state()).toMatchObject({ started: 0 });
  });

  test("the deadline of a queued call holds although its caller is gone", async () => {
    const blocked = client.call("Job.block", [1000]);
    const gone = await openRaw(app);
    gone.send(callOf(1, "Job.wait", { args: [{ ms: 1 }], timeoutMs: 200 }));
    gone.send({ jsonrpc: "2.0", id: 2, method: "ping" });
    await gone.response(2); // so the call has been received
    await gone.close();
    await blocked;
    expect(await state()).toMatchObject({ started: 0 });
  });

  test("a queued call is cancelled from another connection before it starts", async () => {
    const other = await app.connect();
    const blocked = client.call("Job.block", [3000]);
    const queued = failure(client.call("Job.wait", [{ ms: 1 }], { run: "queued" }));
    await eventually(async () => (await other.ping()).stalledMs > 100, "the main thread is stuck");
    expect(await other.cancel("queued")).toEqual({ run: "queued", state: "not-started" });
    expect((await queued).error).toMatchObject({ code: "CANCELLED", state: "not-started" });
    await blocked;
    expect(await state()).toMatchObject({ started: 0 });
    await other.close();
  });
});

test("the deadline of a run holds although its caller is gone", async () => {
  const gone = await openRaw(app);
  gone.send(callOf(1, "Job.wait", { args: [{ ms: 60_000 }], timeoutMs: 3000 }));
  await eventually(async () => (await state()).started === 1, "the task runs");
  await gone.close();
  await eventually(async () => (await state()).stopped === 1, "the signal fires");
  expect(await client.runs()).toEqual([]);
});

test("a caller that goes away does not stop its run", async () => {
  const gone = await openRaw(app);
  gone.send(callOf(1, "Job.wait", { args: [{ ms: 300 }] }));
  await eventually(async () => (await state()).started === 1, "the task runs");
  await gone.close();
  await eventually(async () => (await state()).finished === 1, "the task ends by itself");
});

test("a run is cancelled from another connection", async () => {
  const other = await app.connect();
  const call = failure(client.call("Job.wait", [{ ms: 60_000 }], { run: "to-cancel" }));
  await eventually(async () => (await state()).started === 1, "the task runs");
  expect(await other.cancel("to-cancel")).toEqual({ run: "to-cancel", state: "stopped" });
  expect((await call).error).toMatchObject({ code: "CANCELLED", state: "stopped", run: "to-cancel" });
  await other.close();
});

test("cancel of a task that takes no notice says that it still runs", async () => {
  const call = failure(client.call("Job.stubborn", [800], { run: "stubborn" }));
  await eventually(async () => (await client.runs()).length === 1, "the task runs");
  expect(await client.cancel("stubborn", { waitMs: 50 })).toEqual({ run: "stubborn", state: "running" });
  expect((await call).error).toMatchObject({ code: "CANCELLED" });
});

test("cancel of an unknown run says so", async () => {
  await expect(client.cancel("none")).rejects.toMatchObject({
    code: "UNKNOWN_RUN",
    message: 'Cannot cancel "none": no run in flight has that id',
  });
});

test("a run's id cannot be used twice at once, and can be used again", async () => {
  const first = client.call("Job.wait", [{ ms: 300 }], { run: "same" });
  await eventually(async () => (await state()).started === 1, "the task runs");
  await expect(client.call("Job.wait", [{ ms: 1 }], { run: "same" })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  expect(await first).toBe("waited");
  expect(await client.call("Job.wait", [{ ms: 1 }], { run: "same" })).toBe("waited");
});

test.each([2 ** 31, 0, -1, 1.5, "1e999", '"10"'])("a deadline of %s ms is refused", async (timeoutMs) => {
  const raw = await openRaw(app);
  for (const [id, method] of [
    [1, "call"],
    [2, "ping"],
  ] as const) {
    raw.send(
      `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{"task":"Release.empty","timeoutMs":${timeoutMs}}}`,
    );
    expect((await raw.response(id)).error?.data).toMatchObject({ code: "BAD_ARGUMENTS" });
  }
  await raw.close();
});

test("a run that is told to stop while its schema ponders never starts", async () => {
  const { error } = await failure(client.call("Job.ponder", [{}], { timeoutMs: 100 }));
  expect(error).toMatchObject({ code: "TIMEOUT", state: "not-started" });
  expect(await state()).toMatchObject({ started: 0 });
});

test("a deadline that passes while the answer waits behind output brings the answer", async () => {
  const raw = await openRaw(app);
  raw.socket.pause();
  raw.send(callOf(1, "Print.flood", { args: [40_000], timeoutMs: 15_000 }));
  await eventually(
    async () => (await client.runs()).length === 0 && (await client.ping()).stalledMs === 0,
    "the task has ended",
  );
  await eventually(async () => (await client.call("Job.flooded")) === 40_000, "all is printed");
  await new Promise((resolve) => setTimeout(resolve, 15_200)); // the deadline itself is what is waited for
  raw.socket.resume();
  expect((await raw.response(1)).error).toBeUndefined();
  await raw.close();
});
