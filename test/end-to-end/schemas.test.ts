import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "remsh/client";
import { removeTemporary, startApp, type App } from "./processes.ts";

afterAll(removeTemporary);

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("schemas.mjs", { env: { REMSH_APP: "schemas" } });
  client = await app.connect();
});
afterAll(async () => {
  await client.close();
  await app.stop();
});

const LIBRARIES = ["zod", "valibot", "valibotJson", "arktype"];

test.each(LIBRARIES)("a schema of %s lets a good argument through", async (library) => {
  expect(await client.call(`Add.${library}`, [{ days: 3 }])).toEqual({ days: 3 });
});

test.each(LIBRARIES)("a schema of %s refuses a bad argument and says what is wrong with it", async (library) => {
  for (const args of [[{ days: 0 }], [{ days: "3" }], [], ["text"], [{ days: 1 }, { days: 2 }]]) {
    const error: unknown = await client.call(`Add.${library}`, args).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "BAD_ARGUMENTS" });
    expect((error as Error).message).toMatch(new RegExp(`^Cannot call "Add.${library}": .+`));
  }
  const error: unknown = await client.call(`Add.${library}`, [{ days: 0 }]).catch((reason: unknown) => reason);
  expect((error as Error).message).toContain("days");
});

test("describe gives a JSON Schema where the library offers one", async () => {
  const { tasks } = await client.describe();
  const parameters = Object.fromEntries(tasks.map((task) => [task.name, task.parameters]));
  for (const name of ["Add.zod", "Add.valibotJson", "Add.arktype"]) {
    expect(parameters[name]).toMatchObject({
      type: "object",
      properties: { days: { type: "number", minimum: 1 } },
      required: ["days"],
    });
  }
  expect(parameters["Add.valibot"]).toBeUndefined();
});

test("describe lists the app's own tasks and nothing else, by name", async () => {
  const { tasks } = await client.describe();
  expect(tasks.map(({ name }) => name)).toEqual([
    "Add.arktype",
    "Add.none",
    "Add.number",
    "Add.throwing",
    "Add.transformed",
    "Add.valibot",
    "Add.valibotJson",
    "Add.zod",
    "Nested.Deeper.task",
    "Prune.arktype",
    "Prune.bigint",
    "Prune.coerced",
    "Prune.date",
    "Prune.instance",
    "Prune.map",
    "Prune.valibot",
  ]);
  expect(tasks.find(({ name }) => name === "Add.zod")).toMatchObject({ description: "Adds with zod" });
  expect(tasks.find(({ name }) => name === "Add.number")).toMatchObject({ usage: "<number>" });
});

const PRUNES = ["coerced", "date", "bigint", "map", "instance", "valibot", "arktype"];

test.each(PRUNES)("Prune.%s degrades no further than the property that JSON Schema cannot say", async (name) => {
  expect(await app.remsh("rpc", `Prune.${name}`, "--dryrun")).toEqual({
    stdout: "",
    stderr: `Cannot call "Prune.${name}": it has no option --dryrun (did you mean --dry-run?)\n`,
    code: 65,
  });
  expect((await app.remsh("tasks", `Prune.${name}`)).stdout).toMatch(/--days <number>.*--dry-run/s);
  expect(await app.remsh("rpc", `Prune.${name}`, "--days", "3", "--dry-run")).toMatchObject({
    stdout: expect.stringMatching(/days: 3,.* dryRun: true/) as string,
    code: 0,
  });
});

test.each(["2024-03-02", "2024"])(
  "a coerced date takes %s as text, never as a number of milliseconds",
  async (word) => {
    const { stdout } = await app.remsh("rpc", "Prune.coerced", "--before", word);
    expect(stdout).toContain(`before: ${new Date(word).toISOString()}`);
  },
);

test("the task gets what the schema made of the argument", async () => {
  expect(await client.call("Add.transformed", ["four"])).toBe(4);
});

test("a schema that throws is told to the caller as a bad argument", async () => {
  await expect(client.call("Add.throwing", ["x"])).rejects.toMatchObject({
    code: "BAD_ARGUMENTS",
    message: expect.stringContaining("its schema threw SyntaxError") as string,
  });
});

test("a task without arguments takes none", async () => {
  expect(await client.call("Add.none")).toBe("no arguments");
  await expect(client.call("Add.none", [1])).rejects.toMatchObject({
    code: "BAD_ARGUMENTS",
    message: 'Cannot call "Add.none": it takes no arguments',
  });
});

test.each([
  "__proto__",
  "constructor",
  "constructor.constructor",
  "toString",
  "hasOwnProperty",
  "Add.constructor",
  "Add.__proto__",
  "Add.zod.run",
  "Add.none.bind",
  "inherited.inherited",
  "service.method",
  "Service",
  "value",
  "Add",
  "",
  "Add.",
  ".none",
  "x".repeat(100_000),
])("%.40s is no task", async (name) => {
  await expect(client.call(name)).rejects.toMatchObject({ code: "UNKNOWN_TASK" });
});

test.each([
  ["Add.nome", "Add.none"],
  ["add.none", "Add.none"],
  ["task", "Nested.Deeper.task"],
])("%s is answered with the suggestion %s", async (written, meant) => {
  await expect(client.call(written)).rejects.toMatchObject({
    message: `Cannot call "${written}": no task has that name (did you mean "${meant}"?)`,
  });
});
