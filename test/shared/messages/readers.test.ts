// What both ends make of messages that fit, that do not, and that are of another version.
import { describe, expect, test } from "vitest";
import { PARAMS, RESULTS } from "../../../shared/messages/method-shapes.ts";
import { METHODS, type Method } from "../../../shared/messages/methods.ts";
import { checkRequest, readNotification, readParams, readResult } from "../../../shared/messages/readers.ts";

const run = { run: "r", task: "Release.migrate", elapsedMs: 3, state: "running" };

const agent = { app: "shop", version: "1.2.3", instance: "4711" };
const limits = { connections: 1, inFlight: 2, messageBytes: 3, depth: 4, resultChars: 5, outputChars: 6 };
const task = { name: "Release.migrate" };
const pinged = { ...agent, status: "ok", stalledMs: 0, pid: 1, root: "/", node: "v20", uptimeMs: 1, rssBytes: 1 };

/** The least that an agent of version 1 answers to each method, and what is read in addition. */
const OLDER: Record<Method, [result: object, defaults: object]> = {
  ping: [{ ...pinged, protocol: "remsh.v1" }, { loopDelayMs: 0 }],
  describe: [
    { ...agent, protocol: "remsh.v1", tasks: [task], limits },
    {
      tasks: [{ ...task, usage: "" }],
      limits: { ...limits, values: Infinity, callsPerSecond: Infinity, allCallsPerSecond: Infinity },
    },
  ],
  call: [{ run: "r" }, {}],
  evaluate: [{ run: "r" }, {}],
  cancel: [{ run: "r", state: "stopped" }, {}],
  runs: [{ runs: [run] }, {}],
  stack: [{ state: "idle", frames: [] }, { stalledMs: 0 }],
  drain: [{}, {}],
  ready: [{}, {}],
  end: [{}, {}],
  reload: [{ tasks: 3 }, {}],
  "console.open": [
    { ...agent, console: "c", host: "web-2", pid: 1, uptimeMs: 1, production: false, role: "admin" },
    { names: [], missing: [] },
  ],
  "console.evaluate": [{ outcome: "returned", text: "1" }, {}],
  "console.more": [{ text: "1" }, { more: false }],
  "console.complete": [{ fragment: "", completions: [] }, {}],
  "console.interrupt": [{ state: "idle" }, {}],
  "console.close": [{}, { runs: [] }],
};

test("every method has a shape for its parameters and one for its result", () => {
  expect(Object.keys(PARAMS).sort()).toEqual([...METHODS].sort());
  expect(Object.keys(RESULTS).sort()).toEqual([...METHODS].sort());
});

describe("parameters", () => {
  test.each<[Method, object, string]>([
    ["call", {}, '"task" must be a string'],
    ["call", { task: 1 }, '"task" must be a string'],
    ["call", { task: "t", run: "" }, '"run" must be 1 to 64 of A-Z a-z 0-9 _ -'],
    ["call", { task: "t", args: 5 }, '"args" must be an array'],
    ["call", { task: "t", encoding: "json" }, '"encoding" must be "devalue"'],
    ["call", { task: "t", timeoutMs: 0 }, '"timeoutMs" must be a whole number of milliseconds from 1 to 2147483647'],
    ["call", { task: "t", timeoutMs: 1.5 }, '"timeoutMs" must be a whole number of milliseconds from 1 to 2147483647'],
    ["call", { task: "t", timeoutMs: null }, '"timeoutMs" must be a whole number of milliseconds from 1 to 2147483647'],
    ["call", { task: "t", lossless: 1 }, '"lossless" must be true or false'],
    ["evaluate", { code: [] }, '"code" must be a string'],
    ["cancel", {}, '"run" must be the id of a run'],
    ["drain", { lease: "a b" }, '"lease" must be 1 to 64 of A-Z a-z 0-9 _ -'],
    ["console.open", { who: "ada", columns: "80" }, '"columns" must be a number'],
    ["console.complete", { console: "c" }, '"line" must be a string'],
  ])("of %s that are %j are refused", (method, params, reason) => {
    expect(() => readParams(method, params)).toThrow(
      expect.objectContaining({
        code: "BAD_ARGUMENTS",
        state: "not-started",
        message: `Cannot read the parameters of "${method}": ${reason}`,
      }),
    );
  });

  test("that fit are the very ones, and members of a newer client stay in them", () => {
    const params = { task: "t", args: [1], later: { than: "this" } };
    expect(readParams("call", params)).toBe(params);
    expect(params).toEqual({ task: "t", args: [1], later: { than: "this" } });
  });

  test("of a method that nobody knows are NOT_SUPPORTED, whatever JavaScript calls so", () => {
    for (const method of ["nope", "toString", "__proto__", "constructor"])
      expect(() => checkRequest({ jsonrpc: "2.0", id: 1, method, params: {} })).toThrow(
        expect.objectContaining({ code: "NOT_SUPPORTED" }),
      );
  });
});

describe("a result", () => {
  test.each<[Method, unknown, string]>([
    ["call", undefined, "it must be an object"],
    ["call", { value: 1 }, '"run" must be a string'],
    ["call", { run: "r", value: 1, encoding: "xml" }, '"encoding" must be "devalue"'],
    [
      "runs",
      { runs: [run, { ...run, state: "asleep" }] },
      '"runs[1].state" must be "queued" or "running" or "cancelling"',
    ],
    ["runs", { runs: [{ ...run, progress: { done: "all" } }] }, '"runs[0].progress.done" must be a number'],
    ["stack", { state: "idle", frames: {} }, '"frames" must be an array'],
    ["console.open", { console: "c" }, '"app" must be a string'],
  ])("of %s that is %j cannot be read", (method, result, reason) => {
    expect(() => readResult(method, result, "shop 4711")).toThrow(
      expect.objectContaining({
        code: "BAD_MESSAGE",
        message: `Cannot read the answer of shop 4711 to "${method}": ${reason}`,
      }),
    );
  });

  test("that cannot be read says nothing of what became of a task", () => {
    expect(() => readResult("call", {}, "shop")).toThrow(expect.objectContaining({ state: "unknown" }));
    expect(() => readResult("runs", {}, "shop")).toThrow(expect.objectContaining({ state: "not-started" }));
  });

  test.each(METHODS)("of an older agent to %s has the defaults of what that left out", (method) => {
    const [result, defaults] = OLDER[method];
    expect(readResult(method, structuredClone(result), "shop")).toEqual({ ...result, ...defaults });
  });

  test("of a newer agent keeps what that has put into it", () => {
    const result = { runs: [{ ...run, priority: 3 }], next: "page" };
    expect(readResult("runs", result, "shop")).toEqual(result);
  });

  test("of a newer agent with a code that this version does not know has INTERNAL", () => {
    const coded = (code: unknown) => readResult("console.evaluate", { outcome: "threw", text: "x", code }, "shop").code;
    expect([coded("TOO_MANY"), coded("TOO_HOT"), coded("toString")]).toEqual(["TOO_MANY", "INTERNAL", "INTERNAL"]);
    expect(() => coded(5)).toThrow('"code" must be a string');
  });
});

describe("a notification", () => {
  test("is told by its method, and read by it", () => {
    const params = { run: "r", seq: 1, stream: "stdout", text: "x" };
    expect(readNotification("run.output", params, "shop")).toEqual({ method: "run.output", params });
  });

  test("that this version does not know is none", () => {
    expect(readNotification("run.mood", {}, "shop")).toBeUndefined();
    expect(readNotification("toString", {}, "shop")).toBeUndefined();
  });

  test("that does not fit cannot be read", () => {
    expect(() => readNotification("run.output", { run: "r", seq: 1, stream: "stdin" }, "shop 4711")).toThrow(
      expect.objectContaining({
        code: "BAD_MESSAGE",
        state: "unknown",
        message: 'Cannot read the notification "run.output" of shop 4711: "stream" must be "stdout" or "stderr"',
      }),
    );
  });
});
