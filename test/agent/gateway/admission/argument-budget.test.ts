import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../../../agent/border/limits.ts";
import { checkArgumentBudget } from "../../../../agent/gateway/admission/argument-budget.ts";

function check(args: unknown): void {
  checkArgumentBudget(
    "Release.seed",
    {
      args: typeof args === "string" ? args : JSON.stringify(args),
      encoding: "devalue",
    },
    DEFAULT_LIMITS,
  );
}

test("arguments that are large for what they are, and those that are nothing, are left to the runner", () => {
  check([[1], ["BigInt", "9".repeat(10_000)]]);
  check([[1], { a: 2 }, Array.from({ length: 100_000 }, () => 3), "x"]);
  check("garbage");
  check("{}");
  checkArgumentBudget("Release.seed", { args: [1, 2], encoding: undefined }, DEFAULT_LIMITS);
});

test.each([
  ["a BigInt of 10,001 digits", [[1], ["BigInt", "9".repeat(10_001)]]],
  ["they are more than 200,000 values", [[1], ["Set", ...Array.from({ length: 200_001 }, () => 2)], 1]],
  ["they are more than 200,000 values", Array.from({ length: 200_001 }, (_, index) => [index + 1])],
])("what takes long to decode is refused: %s", (reason, values) => {
  expect(() => check(values)).toThrow(`Cannot call "Release.seed": its arguments take too long to decode, ${reason}`);
});
