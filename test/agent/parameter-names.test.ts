import { describe, expect, test } from "vitest";
import { maxArgsOfFunction, usageOfFunction } from "../../agent/parameter-names.ts";

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

describe("how many arguments a plain function looks at", () => {
  const wrapped = function (a: number) {
    return [a, ...(arguments as unknown as number[])]; // eslint-disable-line prefer-rest-params
  };
  test.each([
    [() => 1, 0],
    [(days: number) => days, 1],
    [async (days: number, limit = 10) => days * limit, 2],
    [Reflect.get(object, "method"), 1],
    [(first: number, ...rest: number[]) => [first, rest], undefined],
    [({ step }: { step: number }) => step, undefined],
    [(list = [1, 2], name: string) => [list, name], undefined],
    [(options = {}) => options, undefined],
    [(separator = ",") => separator, undefined],
    [wrapped, undefined],
    [((days: number) => days).bind(undefined), undefined],
    [new Proxy((days: number) => days, {}), undefined],
    [parseInt, undefined],
  ])("%s: %j", (code, max) => {
    expect(maxArgsOfFunction(code as (...args: never) => unknown)).toBe(max);
  });
});
