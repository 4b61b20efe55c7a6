// Values that are small and endless to read.
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { look } from "../../agent/tasks/thrown.ts";
import { show } from "../../agent/console/show.ts";
import { bounded } from "../../shared/bounded-value.ts";

/** A value whose one part stands in it 100 times, as does each part of that. */
function shared(of: (part: unknown) => unknown): unknown {
  let value: unknown = "the bottom";
  for (let depth = 0; depth < 12; depth++) value = of(value);
  return value;
}

const times = (part: unknown) => Array.from({ length: 100 }, () => part);

test.each<[string, (part: unknown) => unknown]>([
  ["arrays", times],
  ["objects", (part) => ({ ...times(part) })],
  ["Maps", (part) => new Map(times(part).map((item, index) => [index, item]))],
  ["keys of Maps", (part) => new Map(times(part).map((item) => [[item], 1]))],
  ["Sets", (part) => new Set(times(part).map((item) => [item]))],
  ["errors in errors", (part) => new AggregateError(times(part), "all")],
  ["long texts", (part) => (part === "the bottom" ? times("x".repeat(10_000)) : times(part))],
])("%s that occur in each other are shown as deep as it can be", (_what, of) => {
  const value = shared(of);
  for (const text of [look(value), show(value, 0, {}).text, show(value, 2, {}).text])
    expect(text).not.toContain("bottom");
  const { value: shown, depth, hidden } = bounded(value, { depth: 10, items: 100 });
  expect(depth).toBeLessThan(3);
  expect(hidden).toBe(0);
  expect(inspect(shown, { depth, maxArrayLength: 100 }).length).toBeLessThan(4_000_000);
});

test("a value of common size is left as it is", () => {
  const value = { rows: Array.from({ length: 100 }, (_, id) => ({ id, name: "a name", tags: ["one", "two"] })) };
  expect(bounded(value, { depth: 10, items: 1000 })).toEqual({ value, depth: 10, hidden: 0 });
});

test("of too many properties the first are left, with the value's class", () => {
  class Registry {}
  const large = Object.assign(new Registry(), { ...Array.from({ length: 30_000 }, (_, at) => at) });
  const { value, depth, hidden } = bounded(large, { depth: 2, items: 10 });
  expect([inspect(value, { depth }), hidden]).toEqual([expect.stringMatching(/^Registry \{[^]*'9': 9\n\}$/), 29_990]);
});
