import { expect, test } from "vitest";
import { sizeOf } from "../../../agent/tasks/size-of.ts";

const LIMIT = 1000;

test.each<[string, unknown, boolean]>([
  ["a long text", "x".repeat(1001), true],
  ["a short one", "x".repeat(900), false],
  ["many numbers", Array.from({ length: 600 }, () => 1), true],
  ["long texts in a Map", new Map([["a", { text: "x".repeat(1001) }]]), true],
  ["one text a hundred times, which is written once", new Set([["x".repeat(500)], ["x".repeat(500)]]), false],
  ["bytes", new Uint8Array(1000), true],
  ["a list with holes, which takes little", Object.assign([], { 200_000_000: 1 }), false],
  ["what decides itself how it is written", { toJSON: () => 1, text: "x".repeat(5000) }, false],
  [
    "a getter that throws",
    {
      get text() {
        throw new Error("no");
      },
    },
    false,
  ],
])("what cannot fit is known before it is written: %s", (_name, value, isTooLarge) => {
  expect(sizeOf(value, LIMIT) > LIMIT).toBe(isTooLarge);
});

test("a cycle is counted once", () => {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  expect(sizeOf(cycle, LIMIT)).toBeLessThan(LIMIT);
});
