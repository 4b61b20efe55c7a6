import * as devalue from "devalue";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { buildError, decode, encodeRich, isPlain } from "../../../shared/messages/values.ts";

/** What arrives at the other end. */
function travel(value: unknown): unknown {
  const encoded = isPlain(value) ? { value } : encodeRich(value, devalue);
  const text = JSON.stringify(encoded);
  return decode(JSON.parse(text) as { value?: unknown; encoding?: "devalue" }, devalue);
}

describe("plain JSON", () => {
  const samples: [unknown, boolean][] = [
    [null, true],
    ["text", true],
    [0, true],
    [{ a: [1, { b: null }] }, true],
    [Object.create(null), true],
    [JSON.parse('{"__proto__":1}'), true],
    [undefined, false],
    [{ a: undefined }, false],
    [-0, false],
    [NaN, false],
    [Infinity, false],
    [1n, false],
    [new Date(0), false],
    [Buffer.from("x"), false],
    [Array.from({ length: 2 }), false],
    [Object.assign([1], { extra: 1 }), false],
    [{ toJSON: () => 1 }, false],
    [{ [Symbol("s")]: 1 }, false],
    [() => 1, false],
  ];
  test.each(samples.map(([value, faithful]) => [inspect(value), faithful, value] as const))(
    "of %s is faithful: %s",
    (_name, faithful, value) => {
      expect(isPlain(value)).toBe(faithful);
    },
  );

  test("is not used for what is nested so deep that an agent would refuse it", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(isPlain(deep)).toBe(false);
  });

  test("is not used for an object that throws when it is read", () => {
    const trap = new Proxy({}, { ownKeys: () => ["a"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }), get: () => { throw new Error("trap"); } }); // prettier-ignore
    const getter = Object.defineProperty({}, "a", { enumerable: true, get: () => { throw new Error("no"); } }); // prettier-ignore
    expect([isPlain(trap), isPlain(getter)]).toEqual([false, false]);
  });
});

describe("what arrives is what was sent:", () => {
  test.each([
    ["a BigInt", 12345678901234567890n],
    ["a Date", new Date(86_400_000)],
    ["an invalid Date", new Date(NaN)],
    ["a Map of Sets", new Map<unknown, unknown>([["a", new Set([1])], [{}, new Map()]])],
    ["undefined in an object", { a: undefined, b: [undefined] }],
    ["-0, NaN and the infinities", [-0, NaN, Infinity, -Infinity]],
    ["a RegExp", /a.b/giu],
    ["a URL", new URL("https://a.example/b?c=d#e")],
    ["URLSearchParams", new URLSearchParams("a=1&a=2")],
    ["bytes", new Uint8Array([0, 1, 255])],
    ["floats", new Float64Array([1.5, -0, NaN])],
    ["an ArrayBuffer", new Uint8Array([1, 2, 3]).buffer],
    ["a Buffer", Buffer.from("€ in a Buffer")],
    ["an empty Buffer", Buffer.alloc(0)],
    ["text outside the first plane", { text: "a\u{1f600}\u2028\ud800" , date: new Date(0) }],
    ["a key __proto__ in plain JSON", JSON.parse('{"__proto__":{"a":1},"b":2}')],
  ])("%s", (_name, value: unknown) => {
    expect(travel(value)).toStrictEqual(value);
  }); // prettier-ignore

  test("a hole in an array", () => {
    const holed = [1, , 3];
    expect(Object.keys(travel(holed) as object)).toEqual(["0", "2"]);
  });

  test("a cycle", () => {
    const self: Record<string, unknown> = { list: [] as unknown[] };
    self.self = self;
    (self.list as unknown[]).push(self);
    const arrived = travel(self) as { self: unknown; list: unknown[] };
    expect([arrived.self === arrived, arrived.list[0] === arrived]).toEqual([true, true]);
  });

  test("one object in two places", () => {
    const shared = { a: 1 };
    const arrived = travel([shared, shared]) as unknown[];
    expect(arrived).toEqual([{ a: 1 }, { a: 1 }]);
    expect(arrived[0]).toBe(arrived[1]);
  });

  test("an Error with its cause, code, stack and errors", () => {
    const error = new AggregateError([new RangeError("inner")], "outer", { cause: new TypeError("why") });
    Object.assign(error, { code: "E1", detail: { table: "users" } });
    const arrived = travel(error) as AggregateError & { code: string; detail: object };
    expect(arrived).toBeInstanceOf(Error);
    expect([arrived.name, arrived.message, arrived.code, arrived.detail, arrived.stack]).toEqual([
      "AggregateError",
      "outer",
      "E1",
      { table: "users" },
      error.stack,
    ]);
    expect([arrived.cause, arrived.errors[0]]).toMatchObject([{ name: "TypeError" }, { name: "RangeError" }]);
    expect(Object.keys(arrived)).toEqual(["code", "detail"]);
  });

  test("an Error that is its own cause", () => {
    const error = new Error("self");
    error.cause = error;
    const arrived = travel({ error, at: error }) as { error: Error; at: Error };
    expect([arrived.error.cause, arrived.at]).toEqual([arrived.error, arrived.error]);
    expect(arrived.error.message).toBe("self");
  });
});

describe("an instance of a class", () => {
  class Basket {
    items = ["tea"];
    #secret = "not sent";
    get secret(): string {
      return this.#secret;
    }
  }

  test("arrives as an object with its own properties", () => {
    expect(travel(new Basket())).toStrictEqual({ items: ["tea"] });
  });

  test("that refers back to its parent arrives as a cycle", () => {
    class Node {
      children: Node[] = [];
      parent: Node | undefined;
    }
    const root = new Node();
    root.children.push(Object.assign(new Node(), { parent: root }));
    const arrived = travel(root) as Node;
    expect(arrived.children[0]?.parent).toBe(arrived);
  });

  test("arrives as what its toJSON returns, itself encoded", () => {
    expect(travel({ toJSON: () => ({ at: new Date(0) }) })).toStrictEqual({ at: new Date(0) });
    const scalars = [undefined, null, 0, "text", 5n].map((value) => ({ toJSON: () => value }));
    expect(travel(scalars)).toStrictEqual([undefined, null, 0, "text", 5n]);
    expect(
      travel({
        toJSON(): unknown {
          return this;
        },
        a: undefined,
        b: 1,
      }),
    ).toBeDefined();
  });
});

describe("whatever has an idea of its own of what it is arrives as data:", () => {
  class Decimal {
    readonly digits = [1, 2];
    get [Symbol.toStringTag](): string {
      return "Decimal";
    }
    toJSON(): string {
      return "12.5";
    }
  }
  class Money {
    readonly #cents = 1250;
    toString(): string {
      return `${this.#cents / 100} EUR`;
    }
  }
  class Sealed {
    readonly #inside = 1;
    get inside(): number {
      return this.#inside;
    }
  }
  class Registry extends Map<string, number> {
    override get [Symbol.toStringTag](): string {
      throw new Error("no tag");
    }
  }
  class List extends Array<number> {
    get [Symbol.toStringTag](): string {
      return "List";
    }
  }
  class Bytes extends Uint8Array {
    // @ts-expect-error: a name that no typed array has
    override get [Symbol.toStringTag](): string {
      return "Bytes";
    }
  }
  class Model {
    id = 1;
    save = () => this.id;
  }
  const form = new FormData();
  form.append("a", "1");
  form.append("a", new File(["hi"], "hi.txt", { type: "text/plain" }));

  test.each<[string, unknown, unknown]>([
    ["a Decimal", { total: new Decimal() }, { total: "12.5" }],
    ["a list of them", [new Decimal(), new Decimal()], ["12.5", "12.5"]],
    ["Temporal", { on: { toJSON: () => "2024-03-10", [Symbol.toStringTag]: "Temporal.PlainDate" } }, { on: "2024-03-10" }],
    ["Headers", new Headers({ a: "b" }), { a: "b" }],
    ["FormData", form, [["a", "1"], ["a", { name: "hi.txt", size: 2, type: "text/plain" }]]],
    ["a Blob", new Blob(["hi"]), { size: 2, type: "" }],
    ["an instance that hides all but its text", [new Money()], ["12.5 EUR"]],
    ["an instance that hides all", [new Sealed()], [{}]],
    ["an instance with a method of its own", new Model(), { id: 1 }],
    ["a Map whose tag throws", new Registry([["a", 1]]), new Map([["a", 1]])],
    ["an array with a tag", List.of(1, 2), [1, 2]],
    ["a typed array with a tag", [new Bytes([1, 2])], [new Uint8Array([1, 2])]],
    ["what calls itself a Map", { [Symbol.toStringTag]: "Map", a: 1 }, { a: 1 }],
    ["what calls itself a URL", { [Symbol.toStringTag]: "URL", href: "nowhere" }, { href: "nowhere" }],
    ["what only inherits from Date", Object.create(Date.prototype, { a: { value: 1, enumerable: true } }), { a: 1 }],
    ["an object with a symbol beside its data", { a: 1, [Symbol("s")]: 2 }, { a: 1 }],
    ["a module", Object.assign(Object.create(null) as object, { a: 1n, [Symbol.toStringTag]: "Module" }), { a: 1n }],
  ])("%s", (_what, value, data) => {
    const arrived = travel(value);
    expect(arrived).toEqual(data);
    expect(Object.prototype.toString.call(arrived)).toBe(Object.prototype.toString.call(data));
  }); // prettier-ignore

  test("an error of another realm", () => {
    const error = runInNewContext("Object.assign(new TypeError('other'), { code: 'E' })") as Error;
    expect(travel({ error, map: runInNewContext("new Map([[1, 2]])") as object })).toMatchObject({
      error: { name: "TypeError", message: "other", code: "E" },
      map: new Map([[1, 2]]),
    });
  });
});

test("a typed array over a part of a larger memory sends that part only", () => {
  const memory = Buffer.from("secretpublicsecret");
  const part = new Uint8Array(memory.buffer, memory.byteOffset + 6, 6);
  const { value } = encodeRich({ part }, devalue);
  expect(value.length).toBeLessThan(100);
  expect(travel({ part })).toStrictEqual({ part: new Uint8Array(Buffer.from("public")) });
});

test.each([
  ["a function", () => 1],
  ["a symbol", Symbol("s")],
  ["a promise", Promise.resolve(1)],
  ["a WeakMap", new WeakMap()],
  ["a generator", (function* () {})()],
  ["a function deep inside", { a: [new Map([["b", () => 1]])] }],
  ["a toJSON that throws", { toJSON: () => { throw new Error("no"); } }],
  ["a __proto__ key beside a Date", { ...JSON.parse('{"__proto__":1}') as object, at: new Date(0) }],
])("%s is refused", (_name, value: unknown) => {
  expect(isPlain(value)).toBe(false);
  expect(() => encodeRich(value, devalue)).toThrow(Error);
}); // prettier-ignore

test("a value that claims to be devalue's text and is not is refused", () => {
  expect(() => decode({ value: 5, encoding: "devalue" }, devalue)).toThrow(TypeError);
  expect(() => decode({ value: "[", encoding: "devalue" }, devalue)).toThrow(Error);
});

test("a built error's own parts are hidden as an Error's are", () => {
  const error = buildError({ name: "MyError", message: "m", stack: "s", code: "E", __proto__: { polluted: true } });
  expect([error.name, error.message, error.stack, Object.keys(error)]).toEqual(["MyError", "m", "s", ["code"]]);
  expect("polluted" in error).toBe(false);
});
