import { describe, expect, test } from "vitest";
import { z } from "zod";
import { isHelpWanted, placeOptions, readTaskArguments } from "../../../client/commands/task-arguments.ts";
import { brokenPlace } from "../../../client/terminal/broken-json.ts";
import { parseJsonArguments } from "../../../client/commands/json-arguments.ts";
import { Registry } from "../../../agent/tasks/registry.ts";
import type { JsonSchema } from "../../../shared/messages/messages.ts";

// As an agent describes a task: by the schema library's own JSON Schema.
function schemaOf(schema: z.ZodType): JsonSchema {
  return schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
}

const SEED = schemaOf(
  z.object({
    count: z.number().int().default(10),
    ratio: z.number().optional(),
    role: z.enum(["admin", "guest"]).default("guest"),
    level: z.union([z.literal(1), z.literal(2)]).optional(),
    dryRun: z.boolean().optional(),
    tag: z.array(z.string()).optional(),
    port: z.array(z.number()).optional(),
    name: z.string().optional(),
    until: z.string().nullable().optional(),
    limit: z.union([z.number(), z.string()]).optional(),
    extra: z.any().optional(),
    where: z.object({ id: z.number() }).optional(),
    snake_case: z.string().optional(),
  }),
);

function plain(...words: string[]): unknown[] {
  return readTaskArguments("Release.show", words);
}

function seed(...words: string[]): unknown[] {
  return readTaskArguments("Release.seed", words, { parameters: SEED });
}

function refusal(read: () => unknown): string {
  try {
    return `nothing was refused: ${JSON.stringify(read())}`;
  } catch (error) {
    expect(error).toMatchObject({ code: "BAD_ARGUMENTS" });
    return (error as Error).message;
  }
}

describe("without a schema", () => {
  test.each([
    ["5", 5],
    ["-5", -5],
    ["1.50", "1.50"],
    ["1.5", 1.5],
    ["3.10", "3.10"],
    ["1.0", "1.0"],
    ["5e10", "5e10"],
    ["1E3", "1E3"],
    ["-0", "-0"],
    ["0", 0],
    ["+49301234", "+49301234"],
    [" 5", " 5"],
    ["19.999999999999999999", "19.999999999999999999"],
    ["1234567890123456789", "1234567890123456789"],
    ['{"version":1.10,"n":1}', { version: "1.10", n: 1 }],
    ["[12345678901234567890, 2]", ["12345678901234567890", 2]],
    ['[{"a":[1e3]},"1.0",true]', [{ a: ["1e3"] }, "1.0", true]],
    ['{"a\\"1.0":1}', { 'a"1.0': 1 }],
    ["true", true],
    ["null", null],
    ['"5"', "5"],
    ['{"a":[1]}', { a: [1] }],
    ["text", "text"],
    ["", ""],
    [" ", " "],
    ["undefined", "undefined"],
    ["NaN", "NaN"],
    ["-x", "-x"],
    ["-", "-"],
    ["007", "007"],
    ["1e999", "1e999"],
    ["{broken", "{broken"],
    ["--5", "--5"],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", "9007199254740993"],
    ["12345678901234567890", "12345678901234567890"],
    ["-12345678901234567890", "-12345678901234567890"],
    ["3.141592653589793238462", "3.141592653589793238462"],
  ])("the word %j is %j", (word, value) => {
    expect(plain(word)).toStrictEqual([value]);
  });

  test("words and options become arguments in order, the options one object at the end", () => {
    expect(plain("a", "--x", "1", "2", "--y=z", "--flag")).toStrictEqual(["a", 2, { x: 1, y: "z", flag: true }]);
  });

  test.each([
    [["--dry-run"], { dryRun: true }],
    [["--no-seed"], { seed: false }],
    [["--name="], { name: "" }],
    [["--name", ""], { name: "" }],
    [["--name=a=b"], { name: "a=b" }],
    [["--name=line\nbreak"], { name: "line\nbreak" }],
    [["--offset", "-5"], { offset: -5 }],
    [["--a", "--b"], { a: true, b: true }],
    [["--a", "1", "--a", "2"], { a: 2 }],
    [["--toString", "x"], { toString: "x" }],
  ])("%j is %j", (words, object) => {
    expect(plain(...words)).toStrictEqual([object]);
  });

  test("words after -- are values, options among them too", () => {
    expect(plain("--a", "1", "--", "--b", "5")).toStrictEqual(["--b", 5, { a: 1 }]);
  });
});

describe("typed by a schema", () => {
  test.each([
    [["--name", "20240302"], { name: "20240302" }],
    [["--name", "true"], { name: "true" }],
    [["--name", "null"], { name: "null" }],
    [["--name", '{"a":1}'], { name: '{"a":1}' }],
    [["--name", "12345678901234567890"], { name: "12345678901234567890" }],
    [["--count", "5"], { count: 5 }],
    [["--count", "-5"], { count: -5 }],
    [["--ratio", "0.5"], { ratio: 0.5 }],
    [["--ratio", "0.50"], { ratio: 0.5 }],
    [["--ratio", "5e10"], { ratio: 5e10 }],
    [["--ratio", "100e-2"], { ratio: 1 }],
    [["--count", "-0"], { count: -0 }],
    [["--port", "1.0", "--port", "[2.0,3]"], { port: [1, 2, 3] }],
    [["--where", '{"id":1.0}'], { where: { id: 1 } }],
    [["--limit", "1.0"], { limit: "1.0" }],
    [["--extra", "3.10"], { extra: "3.10" }],
    [["--name", "3.10"], { name: "3.10" }],
    [["--role", "admin"], { role: "admin" }],
    [["--level", "2"], { level: 2 }],
    [["--until", "null"], { until: null }],
    [["--until", "2024"], { until: "2024" }],
    [["--limit", "5"], { limit: 5 }],
    [["--limit", "five"], { limit: "five" }],
    [["--tag", "5"], { tag: ["5"] }],
    [["--tag", "a", "--tag", "true"], { tag: ["a", "true"] }],
    [["--tag", '["a","b"]'], { tag: ["a", "b"] }],
    [["--tag", '["a"]', "--tag", "b"], { tag: ["a", "b"] }],
    [["--port", "1", "--port", "2"], { port: [1, 2] }],
    [["--where", '{"id":1}'], { where: { id: 1 } }],
    [["--extra", "5"], { extra: 5 }],
    [["--extra", "x"], { extra: "x" }],
    [["--dry-run"], { dryRun: true }],
    [["--dryRun"], { dryRun: true }],
    [["--no-dry-run"], { dryRun: false }],
    [["--dry-run", "false"], { dryRun: false }],
    [["--dry-run=true"], { dryRun: true }],
    [["--snake_case", "x"], { snake_case: "x" }],
    [["--count", "x"], { count: "x" }],
    [["--name=--count"], { name: "--count" }],
  ])("%j is %j", (words, object) => {
    expect(seed(...words)).toStrictEqual([object]);
  });

  test("a flag leaves the word after it alone", () => {
    expect(seed("--dry-run", '{"count":1}')).toStrictEqual([{ count: 1 }, { dryRun: true }]);
  });

  test.each([
    [["--cuont", "5"], "it has no option --cuont (did you mean --count?)"],
    [["--dry-rum"], "it has no option --dry-rum (did you mean --dry-run?)"],
    [["--something-else"], "it has no option --something-else"],
    [["--no-something-else"], "it has no option --no-something-else"],
    [["--json"], "it has no option --json (the command's own --json stands before the task's name)"],
    [["--timeout", "5s"], "it has no option --timeout (the command's own --timeout stands before the task's name)"],
    [["--name"], "--name needs a value"],
    [["--name", "--count", "3"], "--name needs a value"],
    [["--no-name"], "--no-name needs a value"],
    [["--no-dry-run=true"], "--no-dry-run takes no value"],
    [["--count", "12345678901234567890"], "--count: 12345678901234567890 cannot be exact as a number"],
    [["--count", "19.999999999999999999"], "--count: 19.999999999999999999 cannot be exact as a number"],
    [["--count", "1e999"], "--count: 1e999 cannot be exact as a number"],
    [["--where", '{"id":12345678901234567890}'], "--where: 12345678901234567890 cannot be exact as a number"],
    [
      ['{"where":{"id":12345678901234567890}}'],
      '{"where":{"id":12345678901234567890}}: 12345678901234567890 cannot be exact as a number',
    ],
  ])("%j is refused: %s", (words, reason) => {
    expect(refusal(() => seed(...words))).toBe(`Cannot call "Release.seed": ${reason}`);
  });

  test("an object of any shape takes any option, typed where its values are", () => {
    const record = schemaOf(z.record(z.string(), z.string()));
    expect(readTaskArguments("t", ["--anything", "5"], { parameters: record })).toStrictEqual([{ anything: "5" }]);
    const loose = schemaOf(z.looseObject({ a: z.string() }));
    expect(readTaskArguments("t", ["--b", "5", "--a", "5"], { parameters: loose })).toStrictEqual([{ b: 5, a: "5" }]);
  });

  test("an option of any branch of a union is known", () => {
    const union = schemaOf(
      z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("file"), path: z.string() }),
        z.object({ kind: z.literal("url"), href: z.string() }),
      ]),
    );
    expect(readTaskArguments("t", ["--kind", "file", "--path", "5"], { parameters: union })).toStrictEqual([
      { kind: "file", path: "5" },
    ]);
    expect(refusal(() => readTaskArguments("t", ["--pth", "5"], { parameters: union }))).toMatch(
      /did you mean --path\?/,
    );
  });

  test("a single argument that is no object is typed as well", () => {
    expect(readTaskArguments("t", ["2024"], { parameters: schemaOf(z.string()) })).toStrictEqual(["2024"]);
    expect(readTaskArguments("t", ["2024"], { parameters: schemaOf(z.number()) })).toStrictEqual([2024]);
  });
});

test("--help alone after a task's name asks for its help, unless the task has such an option", () => {
  expect([isHelpWanted(["--help"]), isHelpWanted(["-h"], { parameters: SEED })]).toEqual([true, true]);
  expect([isHelpWanted(["--help", "x"]), isHelpWanted([], { parameters: SEED })]).toEqual([false, false]);
  expect(isHelpWanted(["--help"], { parameters: schemaOf(z.object({ help: z.string() })) })).toBe(false);
  expect(isHelpWanted(["--help"], { positional: [{ name: "help" }] })).toBe(false);
});

describe("a task that takes no more than it says", () => {
  const call = (maxArgs: number | undefined, ...words: string[]) =>
    readTaskArguments("t", words, { ...(maxArgs !== undefined && { maxArgs }) });

  test("is called with as many, an object among them", () => {
    expect(call(2, "1", "2")).toEqual([1, 2]);
    expect(call(1, "--json", "--days", "3")).toEqual([{ json: true, days: 3 }]);
    expect(call(undefined, "1", "2", "3", "--json")).toEqual([1, 2, 3, { json: true }]);
  });

  test.each([
    [0, ["1"], "it takes no arguments"],
    [1, ["1", "2"], "it takes one argument, not 2"],
    [2, ["1", "2", "3", "4"], "it takes 2 arguments, not 4"],
    [0, ["--json"], "it takes no arguments (the command's own --json stands before the task's name)"],
    [
      1,
      ["30", "--timeout", "5s"],
      "it takes one argument, not 2 (the command's own --timeout stands before the task's name)",
    ],
    [1, ["30", "--dry-run"], "it takes one argument, not 2 (--dry-run makes one, an object)"],
  ])("and with %i is refused %j: %s", (maxArgs, words, reason) => {
    expect(refusal(() => call(maxArgs, ...words))).toBe(`Cannot call "t": ${reason}`);
  });
});

test("a word after a flag is said to be no value of it, where it is an argument too many", () => {
  const refused = refusal(() => readTaskArguments("t", ["--dry-run", "yes"], { parameters: SEED, maxArgs: 1 }));
  expect(refused).toBe('Cannot call "t": --dry-run takes no value but true or false, not "yes"');
  expect(readTaskArguments("t", ["--dry-run", "false"], { parameters: SEED, maxArgs: 1 })).toEqual([{ dryRun: false }]);
});

describe("the words of a plain function", () => {
  const call = (source: string, ...words: string[]) => {
    const code = (0, eval)(`(${source})`) as () => unknown;
    return readTaskArguments("t", words, new Registry({ t: code }).describe()[0]);
  };

  test.each<[string, string[], unknown[]]>([
    ["(days) => 1", ["--days", "5"], [5]],
    ["(days) => 1", ["--days=5"], [5]],
    ["(days) => 1", ["--no-days"], [false]],
    ["(days) => 1", ["5"], [5]],
    ["(days, limit = 10) => 1", ["--limit", "3", "--days", "5"], [5, 3]],
    ["(days, limit = 10) => 1", ["--limit", "3", "5"], [5, 3]],
    ["(days = 30, limit = 10) => 1", ["--limit", "3"], [undefined, 3]],
    ["(dryRun = false, name) => 1", ["--dry-run", "x"], [true, "x"]],
    ["(name, { force }) => 1", ["api", "--force"], ["api", { force: true }]],
    ["({ version }) => 1", ["--version", "3.10"], [{ version: "3.10" }]],
    ["({ days, ...others }) => 1", ["--days", "5", "--x", "y"], [{ days: 5, x: "y" }]],
    ["(options) => f(options)", ["--a", "1", "--b"], [{ a: 1, b: true }]],
    ["(e) => e.days", ["--days", "5"], [{ days: 5 }]],
    ["(e) => f(e)", ['{"days":5}'], [{ days: 5 }]],
    ["(first, ...names) => 1", ["a", "b", "--names", "c"], ["a", "b", "c"]],
    ["(...args) => 1", ["a", '{"x":1}', "--", "--y"], ["a", { x: 1 }, "--y"]],
    ["(größe) => 1", ["--größe", "5"], [5]],
    ["(ärger) => 1", ["--ärger", "5"], [5]],
    ["function () { return arguments }", ["a", "1"], ["a", 1]],
  ])("of %s: %j are %j", (source, words, args) => {
    expect(call(source, ...words)).toStrictEqual(args);
  });

  test.each([
    ["(days) => 1", ["--limit", "5"], `it has no option --limit (usage: t <days>; for an object write '{"limit": …}')`],
    ["(days) => 1", ["--dayz", "5"], "it has no option --dayz (did you mean --days?)"],
    ["(days) => days.toFixed()", ["--dry-run"], `it has no option --dry-run (usage: t <days>; for an object write '{"dryRun": …}')`],
    ["(e) => f(e)", ["--days", "5"], `it has no option --days (usage: t <e>; for an object write '{"days": …}')`],
    ["(...names) => 1", ["--x", "5"], `it has no option --x (usage: t [names ...]; for an object write '{"x": …}')`],
    ["(...args) => 1", ["a", "--x", "1"], `it has no option --x (usage: t [args ...]; for an object write '{"x": …}')`],
    ["(command, ...options) => 1", ["a", "--x", "1"], `it has no option --x (usage: t <command> [options ...]; for an object write '{"x": …}')`],
    ["function () { return arguments }", ["--x", "5"], `it has no option --x (usage: t; for an object write '{"x": …}')`],
    ["() => 1", ["--x", "5"], "it takes no arguments"],
    ["(days) => 1", ["--json"], "it has no option --json (the command's own --json stands before the task's name)"],
    ["(days) => 1", ["1", "2"], "it takes one argument, not 2 (usage: t <days>)"],
    ["(days) => 1", ["--days", "1", "2"], "it takes one argument, not 2 (usage: t <days>)"],
    ["({ a }) => 1", ['{"a":1}', "--a", "2"], "it takes one argument, not 2 (usage: t --a <value>)"],
    ["(o = {}) => 1", ["--o", "1", "--a", "2"], "o is given twice: as --o and by options that make it"],
    ["(force = false) => 1", ["--force", "yes"], '--force takes no value but true or false, not "yes"'],
  ])("of %s: %j are refused: %s", (source, words, reason) => {
    expect(refusal(() => call(source, ...words))).toBe(`Cannot call "t": ${reason}`);
  });
}); // prettier-ignore

describe("arguments as JSON", () => {
  const read = (text: string) => parseJsonArguments("t", { text, from: "stdin" });

  test("are a list, or an object of options, with the numbers that JSON has", () => {
    expect(read('[1.0, "3.10", {"a": 5e10}]\n')).toStrictEqual([1, "3.10", { a: 5e10 }]);
    expect(read('{"days": 5}')).toStrictEqual({ days: 5 });
  });

  test.each([
    ["", "stdin holds no arguments (write a JSON list, or an object of options)"],
    ["5", "stdin must hold a JSON list, or an object of options"],
    ["null", "stdin must hold a JSON list, or an object of options"],
    ['{"id": 12345678901234567890}', "12345678901234567890 in stdin cannot be exact as a number (write it as a text)"],
    ["{'a':1}", "stdin is no JSON: line 1, column 2"],
    ['{\n  "a": 1,\n}', "stdin is no JSON: line 3, column 1"],
    ['[1, 2', "stdin is no JSON: line 1, column 6"],
  ])("%j is refused: %s", (text, reason) => {
    expect(refusal(() => read(text))).toBe(`Cannot call "t": ${reason}`);
  });

  test.each([["[1 2]", 4], ["[01]", 3], ['["a\nb"]', 2], ['{"a" 1}', 6], ["[1,]", 4], ["nul", 1], ["[] []", 4], ['["\\x"]', 2], ["[tru]", 2], ['{"a":{"b":[1,{"c":}]}}', 19]])(
    "%j breaks at column %i",
    (text, column) => {
      expect(brokenPlace(text)).toMatchObject({ column });
    },
  );

  test("of a plain function are its parameters by name, of a task with a schema its one argument", () => {
    const described = new Registry({ t: (0, eval)("(days, limit = 1) => 1") as () => unknown }).describe()[0];
    expect(placeOptions("t", { limit: 2, days: 5 }, described)).toEqual([5, 2]);
    expect(refusal(() => placeOptions("t", { dayz: 5 }, described))).toMatch(/no option --dayz \(did you mean --days\?\)/);
    expect(placeOptions("t", { count: 5 }, { parameters: SEED, usage: "", maxArgs: 1 })).toEqual([{ count: 5 }]);
  });
}); // prettier-ignore

test("a function that only passes its arguments on takes no options, which would become an object", () => {
  const audited =
    (task: (...given: never[]) => unknown) =>
    (...args: never[]) =>
      task(...args);
  const [described] = new Registry({ purge: audited((days: number) => days) }).describe();
  expect(readTaskArguments("purge", ["5", "--", "--dry"], described)).toEqual([5, "--dry"]);
  expect(refusal(() => readTaskArguments("purge", ["--days", "5"], described))).toBe(
    `Cannot call "purge": it has no option --days (usage: purge [args ...]; for an object write '{"days": …}')`,
  );
  expect(refusal(() => placeOptions("purge", { days: 5 }, described))).toContain("it has no option --days");
});
