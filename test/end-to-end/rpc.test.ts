import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, removeTemporary, startApp, startRemsh, stop, type App } from "./processes.ts";

let app: App;
beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

/** stderr without the places of frames, which are the test machine's. */
function withoutPlaces<Result extends { stderr: string }>(result: Result): Result {
  return { ...result, stderr: result.stderr.replaceAll(/\(file:.*?(\/\w+\.mjs):\d+:\d+\)/g, "($1)") };
}

describe("a result", () => {
  test.each([
    ["Value.text", "plain text\n"],
    ["Value.nothing", ""],
    ["Release.empty", ""],
    ["Value.cycle", "<ref *1> { name: 'self', self: [Circular *1] }\n"],
    ["Value.instance", "{ items: [ 'tea' ] }\n"],
    ["Value.callback", "{ run: [Function: run] }\n"],
  ])("of %s is printed as %j", async (task, stdout) => {
    expect(await app.remsh("rpc", task)).toEqual({ stdout, stderr: "", code: 0 });
  });

  test("that JSON cannot carry is shown as what it is, without colours", async () => {
    const { stdout, stderr, code } = await app.remsh("rpc", "Value.rich");
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    expect(stdout).toContain("big: 12345678901234567890n,\n  date: 1970-01-01T00:00:00.000Z,");
    expect(stdout).toContain("map: Map(1) { 'a' => Set(1) { 1 } },\n  missing: undefined,");
    expect(stdout).toMatch(/zero: -0\n\}\n$/);
    expect(stdout).not.toContain("\u001b");
  });

  test("larger than the limit exits 74 and says that the task returned", async () => {
    expect(await app.remsh("rpc", "Value.huge")).toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(
        /^"Value.huge" returned, but its result is larger than 16777216 characters/,
      ) as string,
      code: 74,
    });
  });

  test("that a task formats itself is printed so", async () => {
    expect(await app.remsh("rpc", "Release.seed", "--count", "3", "--role", "admin")).toEqual({
      stdout: "seeded 3 admins\n",
      stderr: "",
      code: 0,
    });
  });
});

test("a task's stdout and stderr go to the command's own", async () => {
  expect(await app.remsh("rpc", "Release.migrate")).toEqual({
    stdout: "migrating\n3 migrations applied\n",
    stderr: "one warning\n",
    code: 0,
  });
});

test("progress is a line each in a pipe", async () => {
  expect(await app.remsh("rpc", "Job.wait", "--ms", "20", "--steps", "2")).toEqual({
    stdout: "waiting\nwaited\n",
    stderr: "1/2 step\n2/2 step\n",
    code: 0,
  });
});

describe("arguments", () => {
  test("reach the task as JSON or as text, in order", async () => {
    expect(await app.remsh("rpc", "Release.add", "1", "-2")).toEqual({ stdout: "-1\n", stderr: "", code: 0 });
    expect(await app.remsh("rpc", "Release.show", "-x", "", "12345678901234567890", "--", "--c")).toEqual({
      stdout: "[ '-x', '', '12345678901234567890', '--c' ]\n",
      stderr: "",
      code: 0,
    });
  });

  test.each([
    [["Release.add", "1", "2", "3", "4"], "it takes 2 arguments, not 4 (usage: Release.add <a> <b>)"],
    [["Release.empty", "--json"], "it takes no arguments (the command's own --json stands before the task's name)"],
    [["Release.show", "--json"], "it has no option --json (the command's own --json stands before the task's name)"],
    [
      ["Release.add", "1", "2", "--force"],
      "it has no option --force (usage: Release.add <a> <b>; for an object write '{\"force\": …}')",
    ],
    [["Release.add"], "<a> is missing (usage: Release.add <a> <b>)"],
    [["Release.add", "--b", "1"], "<a> is missing (usage: Release.add <a> <b>)"],
  ])("more or fewer than the task looks at exit 65: %j", async ([task = "", ...words], reason) => {
    expect(await app.remsh("rpc", task, ...words)).toEqual({
      stdout: "",
      stderr: `Cannot call "${task}": ${reason}\n`,
      code: 65,
    });
  });

  test("named as a plain function's parameters are in their places", async () => {
    expect(await app.remsh("rpc", "Release.add", "--b", "1.50", "5")).toEqual({
      stdout: "51.50\n",
      stderr: "",
      code: 0,
    });
  });

  test("more or fewer than the task looks at are JavaScript's own matter elsewhere: in an expression, in the library", async () => {
    expect(await app.remsh("rpc", "Promise.all([1, 2].map(Release.empty))")).toMatchObject({ code: 0 });
    const client = await app.connect();
    expect(await client.call("Release.add", [1, 2, 3, 4])).toBe(3);
    expect(await client.call("Release.add", [1])).toBeNaN();
    await client.close();
  });

  test("of --args - come from stdin", async () => {
    const running = startRemsh(["rpc", "--args", "-", "Release.add"], { env: app.env });
    running.child.stdin?.end('{"b": 2,\n"a": 1}\n');
    expect(await running.finished).toEqual({ stdout: "3\n", stderr: "", code: 0 });
    expect(await app.remsh("rpc", "--args", "[1, 2}", "Release.add")).toEqual({
      stdout: "",
      stderr: 'Cannot call "Release.add": --args is no JSON: line 1, column 6\n',
      code: 65,
    });
    expect(await app.remsh("rpc", "--args", "[1]", "Release.add", "2")).toMatchObject({ stdout: "", code: 64 });
  });

  test("a word that is almost JSON is told as the reason", async () => {
    expect(await app.remsh("rpc", "Release.seed", "{'count':3}")).toEqual({
      stdout: "",
      stderr:
        "Cannot call \"Release.seed\": Invalid input: expected object, received string ({'count':3} is not JSON, and was sent as a string)\n",
      code: 65,
    });
    expect(await app.remsh("rpc", "Release.show", "[draft]")).toEqual({
      stdout: "[ '[draft]' ]\n",
      stderr: "",
      code: 0,
    });
  });

  test("that the schema refuses exit 65", async () => {
    expect(await app.remsh("rpc", "Release.seed", "--role", "king")).toEqual({
      stdout: "",
      stderr: 'Cannot call "Release.seed": role: Invalid option: expected one of "admin"|"guest"\n',
      code: 65,
    });
  });

  test("that the schema does not have exit 65 and the task does not run", async () => {
    expect(await app.remsh("rpc", "Release.seed", "--cuont", "3")).toEqual({
      stdout: "",
      stderr: 'Cannot call "Release.seed": it has no option --cuont (did you mean --count?)\n',
      code: 65,
    });
  });

  test("named as the command's own options go to the task when they stand after its name", async () => {
    expect(await app.remsh("rpc", "Release.show", "--", "--json", "--timeout", "5s")).toEqual({
      stdout: "[ '--json', '--timeout', '5s' ]\n",
      stderr: "",
      code: 0,
    });
    // And an error is then told as the command was asked to: not as JSON.
    expect(await app.remsh("rpc", "Release.shw", "--json")).toMatchObject({ stdout: "", code: 65 });
  });

  test("of --help alone print the task's usage and run nothing", async () => {
    const { stdout, stderr, code } = await app.remsh("rpc", "Release.migrate", "--help");
    expect({ stdout, stderr, code }).toEqual({
      stdout: "Usage: remsh rpc Release.migrate\n",
      stderr: "",
      code: 0,
    });
  });
});

test.each([
  ["Release.migrat", ' (did you mean "Release.migrate"?)'],
  ["constructor", ""],
  ["__proto__", ""],
  ["Release.toString", ""],
])("the unknown task %s exits 65", async (name, hint) => {
  expect(await app.remsh("rpc", name)).toEqual({
    stdout: "",
    stderr: `Cannot call "${name}": no task has that name${hint}\n`,
    code: 65,
  });
});

test("a namespace is told for one", async () => {
  const { stderr, code } = await app.remsh("rpc", "Release");
  expect(stderr).toMatch(/^Cannot call "Release": it is a namespace \(its tasks are called as "Release\.\w+" is\)\n$/);
  expect(code).toBe(65);
});

describe("what a task throws", () => {
  test("is told with its code, its properties and its causes", async () => {
    expect(withoutPlaces(await app.remsh("rpc", "Throw.error"))).toEqual({
      stdout: "",
      stderr: `"Throw.error" threw Error: no such table
    at Object.error (/shop.mjs)
    code: "42P01"
    detail: {"table":"users"}
  [cause] TypeError: the cause
      at Object.error (/shop.mjs)
    [cause] 'the root'
`,
      code: 1,
    });
  });

  test.each([
    ["string", "'only text'"],
    ["nothing", "undefined"],
  ])("is told as it looks where it is no Error: %s", async (task, looks) => {
    expect(await app.remsh("rpc", `Throw.${task}`)).toEqual({
      stdout: "",
      stderr: `"Throw.${task}" threw ${looks}\n`,
      code: 1,
    });
  });

  test.each([
    ["getter", /^"Throw.getter" threw Error: hidden\n.*\n {4}code: "\[throws when read: not to be read\]"\n$/],
    [
      "aggregate",
      /^"Throw.aggregate" threw AggregateError: two of them\n.*\n {2}\[error\] Error: first\n.*\n {2}\[error\] RangeError: second\n.*\n$/,
    ],
    ["later", /^"Throw.later" threw RangeError: after an await\n.*\n$/],
  ])("is told whole: %s", async (task, report) => {
    expect(await app.remsh("rpc", `Throw.${task}`)).toEqual({
      stdout: "",
      stderr: expect.stringMatching(report) as string,
      code: 1,
    });
  });

  test("as a verdict is its sentence and its exit code", async () => {
    expect(await app.remsh("rpc", "Throw.verdict")).toEqual({
      stdout: "",
      stderr: "2 migrations are pending\n",
      code: 75,
    });
  });

  test.each([0, 256, -1, 1.5])("is never a success: the exit code %d of a verdict becomes 1", async (exitCode) => {
    expect(await app.remsh("rpc", "Throw.exitCode", "--", String(exitCode))).toEqual({
      stdout: "",
      stderr: "no success\n",
      code: 1,
    });
  });
});

describe("a deadline", () => {
  test("cancels a task that listens, and exits 75", async () => {
    expect(await app.remsh("rpc", "--timeout", "2s", "Job.wait")).toEqual({
      stdout: "waiting\n",
      stderr: 'Gave up on "Job.wait" after 2 s: cancelled, and the task stopped\n',
      code: 75,
    });
  });

  test("says that a task still runs which does not listen", async () => {
    expect(await app.remsh("rpc", "--timeout", "2s", "Job.stubborn", "20000")).toEqual({
      stdout: "stubborn\n",
      stderr: 'Gave up on "Job.stubborn" after 2 s: cancelled, but the task still runs\n',
      code: 75,
    });
  });
});

test("an app that is killed in mid-run exits 69, and nobody claims to know what became of the task", async () => {
  const other = await startApp("shop.mjs");
  const call = startRemsh(["rpc", "Job.wait"], { env: other.env });
  await call.printed("waiting\n");
  await stop(other);
  expect(await call.finished).toEqual({
    stdout: "waiting\n",
    stderr: `Lost shop ${other.pid} while "Job.wait" was running: the task may or may not have finished\n`,
    code: 69,
  });
});

test("an app that exits by itself in mid-run exits 69 as well", async () => {
  const other = await startApp("shop.mjs");
  const call = startRemsh(["rpc", "Job.wait"], { env: other.env });
  await call.printed("waiting\n");
  const client = await other.connect();
  await client.call("Job.crash").catch(() => {}); // its answer may be lost as well
  expect(await call.finished).toMatchObject({ stdout: "waiting\n", code: 69 });
  await client.close();
  expect((await other.finished).code).toBe(7);
});

test("a call beyond the rates that the app allows exits 75, and an operator still gets in", async () => {
  const limits = { callsPerSecond: 1, allCallsPerSecond: 2 };
  const limited = await startApp("shop.mjs", { env: { LIMITS: JSON.stringify(limits) } });
  const first = await limited.connect();
  const clients = await Promise.all(Array.from({ length: 8 }, () => limited.connect()));
  const refused = (whose: string) => ({
    ...{ code: "TOO_MANY", state: "not-started" },
    message: expect.stringContaining(`Cannot take the request: ${whose} calls a second (try again in `) as string,
  });
  // The rates are averaged over ten seconds.
  const calls = Promise.all(Array.from({ length: 30 }, () => first.call("Value.text")));
  await expect(calls).rejects.toMatchObject(refused("this connection has had its 1"));
  // Together these clients call more often than all may.
  const flood = new AbortController();
  const floods = clients.map(async (client) => {
    while (!flood.signal.aborted) await client.call("Value.text").catch(() => {});
  });
  let command = { stdout: "", stderr: "", code: 0 as number | null };
  await eventually(async () => {
    command = await limited.remsh("rpc", "Value.text");
    return command.code !== 0;
  }, "a command is refused");
  const ready = await limited.remsh("ping", "--ready");
  flood.abort();
  await Promise.all(floods);
  const { message: stderr } = refused("all connections have had their 2");
  expect(command).toEqual({ stdout: "", stderr, code: 75 });
  expect(ready).toMatchObject({ stdout: "pong\n", code: 0 });
  await Promise.all([first, ...clients].map((client) => client.close()));
  await stop(limited);
});

test("a call with more than a megabyte of words arrives", async () => {
  // The longest word that Linux passes to a program is 128 KiB.
  const words = Array<string>(12).fill("x".repeat(120 * 1024));
  expect(await app.remsh("rpc", "Release.show", ...words)).toMatchObject({ code: 0, stderr: "" });
});

test.each(["", "  "])("rpc of an empty name %j is a usage error", async (name) => {
  expect(await app.remsh("rpc", name)).toEqual({
    stdout: "",
    stderr: "Cannot run the command: the task's name is empty\n",
    code: 64,
  });
});
