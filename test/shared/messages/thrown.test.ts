import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { TaskFailure } from "../../../agent/tasks/task.ts";
import { reportThrown, reportWhole } from "../../../agent/tasks/thrown.ts";
import { errorOf } from "../../../client/wire/task-failure.ts";
import { TaskError } from "../../../shared/errors.ts";
import { TASK_THREW } from "../../../shared/messages/messages.ts";
import { thrownHeading, thrownText, toTaskError } from "../../../shared/messages/thrown.ts";

const thrown = {
  error: {
    name: "DatabaseError",
    message: "no such table",
    stack: "    at migrate (release.js:3:9)",
    properties: { code: "42P01", detail: { table: "users" } },
    cause: { error: { name: "TypeError", message: "two\nlines", cause: { text: "'the root'", value: "the root" } } },
    errors: [{ error: { name: "Error", message: "first" } }, { text: "undefined" }],
  },
};

describe("the report", () => {
  test("tells name, message, frames, properties, collected errors and causes, each level indented", () => {
    expect(thrownText(thrown)).toBe(
      [
        "DatabaseError: no such table",
        "    at migrate (release.js:3:9)",
        '    code: "42P01"',
        '    detail: {"table":"users"}',
        "  [error] Error: first",
        "  [error] undefined",
        "  [cause] TypeError: two",
        "  lines",
        "    [cause] 'the root'",
      ].join("\n"),
    );
  });

  test("of another value than an Error is how it looks", () => {
    expect(thrownText({ text: "{ a: 1 }", value: { a: 1 } })).toBe("{ a: 1 }");
  });

  test.each([
    [{ error: { name: "Error", message: "m" } }, "Error: m"],
    [{ error: { name: "Error", message: "" } }, "Error"],
    [{ error: { name: "", message: "m" } }, "m"],
    [{ text: "undefined" }, "undefined"],
  ])("begins with name and message where there are such: %j", (value, heading) => {
    expect(thrownHeading(value)).toBe(heading);
  });
});

describe("a TaskError", () => {
  const error = toTaskError({ run: "r1", thrown, exitCode: 75 });

  test("carries the thrown error's message, code, run and exit code", () => {
    expect(error).toBeInstanceOf(TaskError);
    expect([error.name, error.message, error.code, error.run, error.exitCode]).toEqual([
      "TaskError",
      "no such table",
      "42P01",
      "r1",
      75,
    ]);
    expect(error.stack).toBe("TaskError: DatabaseError: no such table\n    at migrate (release.js:3:9)");
  });

  test("has the thrown error as its cause, rebuilt with the whole chain", () => {
    const cause = error.cause as Error & { code: string; errors: unknown[] };
    expect(cause).toBe(error.thrown);
    expect(cause).toBeInstanceOf(Error);
    expect([cause.name, cause.code, cause.stack]).toEqual([
      "DatabaseError",
      "42P01",
      "DatabaseError: no such table\n    at migrate (release.js:3:9)",
    ]);
    expect((cause.cause as Error).cause).toBe("the root");
    expect(cause.errors).toMatchObject([{ message: "first" }, "undefined"]);
  });

  test("of a thrown value that is no Error holds that value", () => {
    const {
      thrown: value,
      message,
      code,
    } = toTaskError({ run: "r", thrown: { text: "{ code: 5 }", value: { code: 5 } } });
    expect({ value, message, code }).toEqual({ value: { code: 5 }, message: "{ code: 5 }", code: 5 });
  });

  test("has no code where the thrown error's is neither text nor number", () => {
    const odd = { error: { name: "Error", message: "m", properties: { code: { a: 1 } } } };
    expect(toTaskError({ run: "r", thrown: odd }).code).toBeUndefined();
  });

  test("takes no exit code from a property that only looks like one", () => {
    const spawned = { error: { name: "ExecaError", message: "m", properties: { exitCode: 2 } } };
    expect(toTaskError({ run: "r", thrown: spawned }).exitCode).toBeUndefined();
  });
});

test("an error that crosses ten instances grows by the same each time, and keeps its class", () => {
  const sizes: number[] = [];
  let thrown: unknown = new TypeError("the root");
  for (let count = 0; count < 10; count++) {
    const data = reportThrown("r", thrown);
    sizes.push(JSON.stringify(data).length);
    thrown = toTaskError(data);
  }
  expect((toTaskError(reportThrown("r", new TypeError("the root"))) as { thrown: unknown }).thrown).toBeInstanceOf(
    TypeError,
  );
  expect(toTaskError(reportThrown("r", undefined)).thrown).toBeUndefined();
  expect(toTaskError(reportThrown("r", "undefined")).thrown).toBe("undefined");
  expect(sizes.at(-1)).toBeLessThan((sizes[1] ?? 0) * 10);
});

test.each([0, 256, -1, 3.5, "x", Number.NaN])("a failure whose exit code is %s exits 1", (exitCode) => {
  const failure = Object.assign(new TaskFailure("no"), { exitCode: exitCode as number });
  const data = reportThrown("r", failure);
  expect(data.exitCode).toBe(1);
  expect(toTaskError({ ...data, exitCode: exitCode as number }).exitCode).toBe(1);
});

/** What a caller of the library gets, after the way over the wire. */
async function arrivesAs(thrown: unknown): Promise<unknown> {
  const data = JSON.parse(JSON.stringify(await reportWhole("r", thrown))) as Record<string, unknown>;
  return ((await errorOf({ code: TASK_THREW, message: "m", data })) as TaskError).thrown;
}

test.each<[string, unknown]>([
  ["a Date in an object", { at: new Date(5), list: [new Date(NaN)] }],
  ["a Map with a Set", new Map([["a", new Set([1n])]])],
  ["a BigInt", 5n],
  ["-0", -0],
  ["NaN", [NaN]],
  ["undefined in an object", { a: undefined }],
  ["bytes", Buffer.from("bytes")],
  ["a URL without a secret", new URL("https://a.example/?page=2")],
  ["a cause that is no Error", new Error("m", { cause: { at: new Date(5) } })],
  ["several, of which one is no Error", new AggregateError([new Date(7), new TypeError("m")], "both")],
])("what a task throws arrives as what it was: %s", async (_name, value) => {
  expect(await arrivesAs(value)).toEqual(value);
});

test("a thrown object that holds itself arrives so", async () => {
  const self: Record<string, unknown> = { at: new Date(5) };
  self.self = self;
  const arrived = (await arrivesAs(self)) as typeof self;
  expect(arrived.self).toBe(arrived);
});

test.each<[string, unknown, unknown]>([
  ["a symbol", Symbol("s"), "Symbol(s)"],
  ["an object with a function", { run() {}, at: 1n }, "{ run: [Function: run], at: 1n }"],
  ["too large", new Map([["a", "x".repeat(70_000)]]), expect.stringContaining("Map(1)")],
])("what cannot travel arrives as how it looks: %s", async (_name, value, arrived) => {
  expect(await arrivesAs(value)).toEqual(arrived);
});

test("a secret in a thrown value is masked, and the app's own value stays as it is", async () => {
  const value = {
    at: new Date(5),
    clientSecret: "s3cr3t-value",
    headers: new Map([["authorization", "Bearer abcdef1234567"]]),
    url: new URL("https://u:p4ssw0rd@a.example/"),
    inner: new Error("postgres://u:p4ssw0rd@a/b"),
  };
  const arrived = await arrivesAs(value);
  expect(inspect(arrived)).not.toMatch(/s3cr3t|abcdef|p4ssw0rd/);
  expect(arrived).toMatchObject({ at: new Date(5), clientSecret: "[masked]" });
  expect(value.clientSecret).toBe("s3cr3t-value");
});

test("an encoded value that cannot be read is told by its text", async () => {
  const thrown = { text: "5n", value: "[[", encoding: "devalue" } as const;
  const error = (await errorOf({ code: TASK_THREW, message: "m", data: { run: "r", thrown } })) as TaskError;
  expect(error.thrown).toBe("5n");
});
