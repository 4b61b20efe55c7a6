import { expect, test } from "vitest";
import { didYouMean } from "../../shared/did-you-mean.ts";

test("a near name is the end of the sentence, a far one nothing", () => {
  expect(didYouMean("migrat", ["migrate", "seed"])).toBe(' (did you mean "migrate"?)');
  expect(didYouMean("dry", ["dry-run"], (name) => `--${name}`)).toBe("");
  expect(didYouMean("dry-ran", ["dry-run"], (name) => `--${name}`)).toBe(" (did you mean --dry-run?)");
});
