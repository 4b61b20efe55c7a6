// How values look in a console: bounded, whatever they are.
import { expect, test } from "vitest";
import { show, showThrown } from "../../../agent/console/show.ts";

test("a small value is shown whole", () => {
  expect(show({ a: [1, "x"] }, 0, {})).toEqual({ text: "{ a: [ 1, 'x' ] }", more: false });
});

test("each level shows more of a deep value", () => {
  let deep: unknown = "the bottom";
  for (let depth = 0; depth < 10; depth++) deep = { deep };
  expect(show(deep, 0, {})).toMatchObject({ more: true });
  expect(show(deep, 1, {})).toMatchObject({ more: true });
  expect(show(deep, 2, {}).text).toContain("the bottom");
});

test("a million items are a hundred lines at most", () => {
  const { text, more } = show(Array.from({ length: 1_000_000 }, String), 0, {});
  expect(text).toContain("... 999900 more items");
  expect(text.length).toBeLessThan(16_500);
  expect(more).toBe(true);
});

test("an object with a hundred thousand properties shows a hundred", () => {
  class Registry {}
  const large = Object.assign(
    new Registry(),
    Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${at}`, at])),
  );
  const { text, more } = show(large, 0, {});
  expect(text).toMatch(/^Registry \{[^]*k99: 99\n\}\n… 99900 more properties$/);
  expect(more).toBe(true);
});

test("a tree with a million branches is shown less deep", () => {
  const branch = (depth: number): unknown => (depth === 0 ? 1 : Array.from({ length: 100 }, () => branch(depth - 1)));
  expect(show(branch(3), 0, {}).text).toContain("[Array]");
});

test("a long string is cut and can be asked for", () => {
  expect(show("x".repeat(10_000), 0, {})).toMatchObject({ more: true });
  expect(show("x".repeat(10_000), 1, {})).toMatchObject({ more: false });
});

test("no getter is read and no trap of a Proxy runs", () => {
  const trap = (): never => {
    throw new Error("not to be run");
  };
  const value = {
    get secret() {
      return trap();
    },
    proxy: new Proxy({ a: 1 }, { get: trap, ownKeys: trap, getOwnPropertyDescriptor: trap }),
  };
  expect(show(value, 0, {}).text).toMatch(/^\{ secret: \[Getter\], proxy: (\{ a: 1 \}|Proxy\(\{ a: 1 \}\)) \}$/); // as Node 26 shows one
});

test("the width is the client's", () => {
  const value = { alpha: "a".repeat(20), beta: "b".repeat(20) };
  expect(show(value, 0, { columns: 80 }).text.split("\n")).toHaveLength(1);
  expect(show(value, 0, { columns: 30 }).text.split("\n")).toHaveLength(4);
});

test("what was thrown is shown without the frames below the evaluated code", () => {
  const error = Object.assign(new Error("no"), { code: "E1" });
  error.stack =
    "Error: no\n    at f (console/1:1:2)\n    at Session.post (node:inspector:1:2)\n    at ours (file:///x.js:1:2)";
  expect(showThrown(error, {})).toBe("Uncaught Error: no\n    at f (console/1:1:2) {\n  code: 'E1'\n}");
});

test("an error keeps its message where the app's own Error.prepareStackTrace leaves it out", () => {
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  for (const [stack, shown] of [
    [
      (_error: Error, frames: NodeJS.CallSite[]) => `${frames.length > 0 ? "    at f (console/1:1:2)" : ""}`,
      "no such order",
    ],
    [() => undefined, "no such order"],
    [(error: Error) => `mine: ${error.message}`, "mine: no such order"],
  ] as const) {
    Error.prepareStackTrace = stack;
    const error = new Error("no such order");
    const text = showThrown(error, {});
    if (prepare) Object.defineProperty(Error, "prepareStackTrace", prepare);
    else Reflect.deleteProperty(Error, "prepareStackTrace");
    expect(text).toContain(shown);
    expect(text.split("no such order")).toHaveLength(2);
  }
});
