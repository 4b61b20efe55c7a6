import { expect, test } from "vitest";
import { jsonValue } from "../../../client/terminal/json-value.ts";

test.each<[string, unknown, unknown]>([
  ["a BigInt is text", 12345678901234567890n, "12345678901234567890"],
  ["NaN is null, as JSON has it", [NaN, Infinity], [null, null]],
  ["a Date is its ISO text", new Date(0), "1970-01-01T00:00:00.000Z"],
  ["an invalid Date is null", new Date(NaN), null],
  ["bytes are base64", [Buffer.from("hi"), new Uint8Array([1]), new Uint8Array([1]).buffer], ["aGk=", "AQ==", "AQ=="]],
  ["numbers in a typed array are a list", new Float32Array([1.5, 2]), [1.5, 2]],
  ["BigInts in a typed array are a list of text", new BigInt64Array([1n]), ["1"]],
  ["a Map is a list of pairs", new Map([[{ a: 1 }, new Set([1n])]]), [[{ a: 1 }, ["1"]]]],
  ["a Set is a list", new Set(["a", undefined]), ["a", null]],
  ["undefined is left out of an object", { a: undefined, b: 1 }, { b: 1 }],
  ["a RegExp and a URL are text", [/a/g, new URL("https://a.example/")], ["/a/g", "https://a.example/"]],
  ["an object without prototype is an object", Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
])("%s", (_name, value, json) => {
  expect(jsonValue(value)).toStrictEqual(json);
});

test("an Error has its name, its message and its own properties", () => {
  expect(jsonValue(Object.assign(new TypeError("m"), { code: "E" }))).toStrictEqual({
    name: "TypeError",
    message: "m",
    code: "E",
  });
});

test("a cycle is cut where it closes, through a Map as well", () => {
  const self: Record<string, unknown> = {};
  self.map = new Map([["self", self]]);
  self.set = new Set([self]);
  expect(jsonValue(self)).toStrictEqual({ map: [["self", "[Circular]"]], set: ["[Circular]"] });
});

test("one object in two places is no cycle", () => {
  const shared = { a: 1n };
  expect(jsonValue([shared, shared])).toStrictEqual([{ a: "1" }, { a: "1" }]);
});

test("a key __proto__ stays a key", () => {
  const json = JSON.stringify(jsonValue(JSON.parse('{"__proto__":{"a":1}}')));
  expect(json).toBe('{"__proto__":{"a":1}}');
});

test("a list with few holes has null in them, one with many tells its items by their index", () => {
  const few: unknown[] = ["a"];
  few[3] = 1n;
  expect(jsonValue([few, new Array(2)])).toStrictEqual([
    ["a", null, null, "1"],
    [null, null],
  ]);
  const many: unknown[] = [];
  many[2e8] = new Date(0);
  expect(jsonValue({ many })).toStrictEqual({ many: { length: 200000001, 200000000: "1970-01-01T00:00:00.000Z" } });
});

test("a small value that is endless to write is refused", () => {
  let endless: unknown[] = [1];
  for (let count = 0; count < 60; count++) endless = [endless, endless];
  expect(() => jsonValue(endless)).toThrow(RangeError);
});
