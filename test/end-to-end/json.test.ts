// docs/json.md: what the commands print with --json has the shapes that it shows.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeTemporary, startApp, type App } from "./processes.ts";

const DOCUMENT = readFileSync(path.join(import.meta.dirname, "../../docs/json.md"), "utf8");
const EXAMPLES = [...DOCUMENT.matchAll(/```json\n(.*?)```/gs)].flatMap(([, lines = ""]) => lines.trim().split("\n"));

let app: App;
beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

/** Runs a command with --json; its lines, and that stderr is empty. */
async function json(...words: string[]): Promise<{ lines: object[]; code: number | null }> {
  const { stdout, stderr, code } = await app.remsh("--json", ...words);
  expect(stderr).toBe("");
  return {
    lines: stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object),
    code,
  };
}

/** The value with every part replaced by its type. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
}

test("the document's examples are what the commands print", async () => {
  const { lines: failed } = await json("rpc", "Release.migrat");
  const { lines: printed } = await json("rpc", "Release.migrate");
  const { lines: reported } = await json("rpc", "Job.wait", "--ms", "10", "--steps", "2");
  const found = [failed[0], printed[0], reported[1], printed.at(-1)];
  expect(found.map(shapeOf)).toEqual(EXAMPLES.map((line) => shapeOf(JSON.parse(line))));
});

describe("a failure of", () => {
  test.each([
    [["rpc", "Throw.error"], { family: "task", name: "Error", code: "42P01", message: "no such table", exitCode: 1 }],
    [["rpc", "Throw.nothing"], { family: "task", message: "undefined", report: "undefined", exitCode: 1 }],
    [["rpc", "Throw.verdict"], { family: "task", name: "TaskFailure", code: "PENDING", exitCode: 75 }],
    [["rpc", "Nope"], { family: "rpc", code: "UNKNOWN_TASK", exitCode: 65 }],
    [["rpc", "Release.seed", "--nope"], { family: "rpc", code: "BAD_ARGUMENTS", exitCode: 65 }],
    [["rpc", "--timeout", "3s", "Job.wait"], { family: "rpc", code: "TIMEOUT", state: "stopped", exitCode: 75 }],
    [["remote", "-e", "throw new TypeError('no')"], { family: "task", message: "TypeError: no", exitCode: 1 }],
    [["remote", "-e", "let y = ;"], { family: "task", message: "SyntaxError: Unexpected token ';'", exitCode: 1 }],
    [["remote", "--timeout", "200ms", "-e", "for (;;);"], { family: "rpc", code: "TIMEOUT", exitCode: 75 }],
    [["remote", "--timeout", "2s", "-e", "for (;;) await null"], { family: "rpc", code: "TIMEOUT", exitCode: 75 }],
    [["remote", "--file", "/nowhere"], { family: "command", code: "USAGE", exitCode: 64 }],
    [["--app", "none", "remote", "-e", "1"], { family: "rpc", code: "UNKNOWN_APP", exitCode: 69 }],
    [["tasks", "Nope"], { family: "rpc", code: "UNKNOWN_TASK", exitCode: 65 }],
    [["cancel", "nope"], { family: "rpc", code: "UNKNOWN_RUN", exitCode: 65 }],
    [["--app", "none", "status"], { family: "rpc", code: "UNKNOWN_APP", exitCode: 69 }],
    [["--app", "none", "pid"], { family: "rpc", code: "UNKNOWN_APP", exitCode: 69 }],
    [["nonsense"], { family: "command", code: "USAGE", exitCode: 64 }],
    [["ping", "--wait", "soon"], { family: "command", code: "USAGE", exitCode: 64 }],
    [["completion", "tcsh"], { family: "command", code: "USAGE", exitCode: 64 }],
  ])("%j is the one shape: %j", async (words, { exitCode, ...error }) => {
    const { lines, code } = await json(...words);
    expect({ last: lines.at(-1), code }).toMatchObject({
      last: { event: "error", error: { message: expect.any(String) as string, ...error }, exitCode },
      code: exitCode,
    });
  });
});

describe("the document of", () => {
  test("ping and status", async () => {
    const {
      lines: [pinged],
    } = await json("ping");
    const {
      lines: [status],
    } = await json("status");
    expect(pinged).toMatchObject({ status: "ok", app: "shop", pid: app.pid, protocol: "remsh.v1" });
    expect(status).toMatchObject({ ready: "ready", socket: app.socket });
  });

  test("pid, tasks, runs, stack and version", async () => {
    expect((await json("pid")).lines).toEqual([{ app: "shop", instance: String(app.pid), pid: app.pid }]);
    expect((await json("tasks")).lines[0]).toContainEqual({
      name: "Release.add",
      usage: "<a> <b>",
      positional: [{ name: "a" }, { name: "b" }],
      maxArgs: 2,
    });
    expect((await json("tasks", "Release.seed")).lines[0]).toMatchObject({ description: "Insert the demo users" });
    expect((await json("runs")).lines).toEqual([[]]);
    expect((await json("stack")).lines).toEqual([{ state: "idle", frames: [], stalledMs: 0 }]);
    expect((await json("version")).lines[0]).toMatchObject({ app: "shop" });
  });

  test("remote", async () => {
    const { lines, code } = await json("remote", "-e", "console.log('out'); console.error('err'); ({ a: 1 })");
    expect({ lines, code }).toEqual({
      lines: [
        { event: "output", stream: "stdout", text: "out\n" },
        { event: "output", stream: "stderr", text: "err\n" },
        { event: "result", outcome: "returned", text: "{ a: 1 }" },
      ],
      code: 0,
    });
  });

  test.each([
    ["Throw.error()", "Error: no such table"],
    ["throw 'no'", "'no'"],
  ])("remote, of what was thrown: %s", async (source, message) => {
    const { lines } = await json("remote", "-e", source);
    expect(lines.at(-1)).toEqual({
      event: "error",
      error: { family: "task", message, report: expect.stringContaining(message) as string },
      exitCode: 1,
    });
  });

  test("cancel", async () => {
    const client = await app.connect();
    const call = client.call("Job.wait", [], { run: "json-run" }).catch(() => {});
    await expect.poll(() => client.runs()).toHaveLength(1);
    expect((await json("cancel", "json-run")).lines).toEqual([{ run: "json-run", state: "stopped" }]);
    await call;
    await client.close();
  });

  test("a value with more holes than items, and one that is endless to write", async () => {
    const sparse = await json("rpc", "const list = []; list[2e8] = 1; list");
    expect({ line: sparse.lines.at(-1), code: sparse.code }).toMatchObject({
      line: { event: "result", value: { length: 200000001, 200000000: 1 } },
      code: 0,
    });
    const { lines, code } = await json("rpc", "let list = [1]; for (let i = 0; i < 60; i++) list = [list, list]; list");
    expect({ line: lines.at(-1), code }).toMatchObject({
      line: { event: "error", error: { code: "LIMIT_EXCEEDED", state: "stopped" }, exitCode: 74 },
      code: 74,
    });
  });

  test("a value that JSON cannot carry", async () => {
    const { lines } = await json("rpc", "Value.rich");
    expect(lines).toMatchObject([
      {
        event: "result",
        outcome: "returned",
        value: {
          ...{
            big: "12345678901234567890",
            date: "1970-01-01T00:00:00.000Z",
            map: [["a", [1]]],
            bytes: "AQI=",
            zero: 0,
          },
          error: { name: "TypeError", message: "as a value" },
        },
      },
    ]);
    expect(Object.keys((lines[0] as { value: object }).value)).not.toContain("missing");
    expect((await json("rpc", "Value.cycle")).lines).toMatchObject([{ value: { self: "[Circular]" } }]);
    expect(await json("rpc", "Value.callback")).toMatchObject({
      lines: [{ text: "{ run: [Function: run] }" }],
      code: 0,
    });
    const {
      lines: [nothing],
    } = await json("rpc", "Value.nothing");
    expect(Object.keys(nothing ?? {})).toEqual(["event", "run", "outcome"]);
  });
});
