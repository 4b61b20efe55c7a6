import { expect, test } from "vitest";
import { z } from "zod";
import { NoTasks, Registry } from "../../../agent/tasks/registry.ts";
import { task } from "../../../agent/tasks/task.ts";

const run = () => {};
const namesOf = (tasks: object) => new Registry(tasks).describe().map(({ name }) => name);

test("functions and task()s are tasks, alone and in namespaces, in the order of their names", () => {
  expect(namesOf({ Release: { seed: task({ run }), migrate: run, Deep: { er: run } }, check: run })).toEqual([
    "Release.Deep.er",
    "Release.migrate",
    "Release.seed",
    "check",
  ]);
});

test("what is no task is left out: data, classes, instances, names that cannot be written, what is inherited", () => {
  class Job {
    run(): void {}
  }
  const inherited = Object.create({ inherited: run }) as object;
  const tasks = { ok: run, limit: 5, Job, job: new Job(), list: [run], "a-b": run, "": run, nothing: null, inherited };
  expect(namesOf(tasks)).toEqual(["ok"]);
});

test("a namespace that holds itself ends", () => {
  const circle: Record<string, unknown> = { run };
  circle.self = circle;
  expect(namesOf(circle)).toHaveLength(6);
});

test("without one task it says what it has found", () => {
  expect(() => new Registry({ limit: 5 })).toThrow(NoTasks);
  expect(() => new Registry({ limit: 5 })).toThrow(
    "Cannot find a task in { limit: 5 }: a task is a function or a task({ … }), alone or in a namespace",
  );
});

test.each(["constructor", "toString", "__proto__", "Release.constructor", "Release", ""])("%j is no task", (name) => {
  expect(() => new Registry({ Release: { migrate: run } }).find(name)).toThrow(
    expect.objectContaining({ code: "UNKNOWN_TASK" }) as Error,
  );
});

test("an unknown name is answered with the one that was probably meant", () => {
  expect(() => new Registry({ Release: { migrate: run } }).find("Release.migrat")).toThrow(
    'Cannot call "Release.migrat": no task has that name (did you mean "Release.migrate"?)',
  );
});

test("a task is described by its schema, a function by its parameters", () => {
  const args = z.object({ count: z.number() });
  const tasks = {
    seed: task({ description: "Insert", args, run }),
    add: (a: number, b: number) => a + b,
    ping: task({ run }),
  };
  const [add, ping, seed] = new Registry(tasks).describe();
  expect(add).toMatchObject({ name: "add", usage: "<a> <b>", maxArgs: 2 });
  expect(ping).toEqual({ name: "ping", usage: "", maxArgs: 0 });
  expect(seed).toMatchObject({ description: "Insert", usage: "[--name value ...]", maxArgs: 1 });
  expect(seed?.parameters).toMatchObject({ properties: { count: { type: "number" } } });
});
