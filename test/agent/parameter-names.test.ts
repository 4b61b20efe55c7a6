import { describe, expect, test } from "vitest";
import { usageOfFunction } from "../../agent/parameter-names.ts";

const object = {
  method(id: string) {
    return id;
  },
  async *generate(id: string) {
    yield id;
  },
};

describe("the usage of a plain function", () => {
  test.each([
    [(days: number) => days, "<days>"],
    [async (days: number, limit = 10) => days * limit, "<days> [limit]"],
    [(...names: string[]) => names, "[names ...]"],
    [() => 1, ""],
    [
      function named(a: number, b: number) {
        return a + b;
      },
      "<a> <b>",
    ],
    [Reflect.get(object, "method"), "<id>"],
    [Reflect.get(object, "generate"), "<arg1>"],
    [({ step }: { step: number }) => step, "<arg1>"],
    [(list = [1, 2], name: string) => [list, name], ""],
    [parseInt, "<arg1> <arg2>"],
  ])("%s is called with %j", (code, usage) => {
    expect(usageOfFunction(code as (...args: never) => unknown)).toBe(usage);
  });
});
