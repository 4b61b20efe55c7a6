// What the end of a line may become.
import { expect, test } from "vitest";
import { complete } from "../../../agent/console/completion.ts";

class Basket {
  items = ["tea"];
  get total(): number {
    throw new Error("not to be read");
  }
  get owner(): object {
    return { name: "ada" };
  }
  clear(): void {}
}

const values: Record<string, unknown> = {
  basket: new Basket(),
  text: "text",
  trap: new Proxy({}, { ownKeys: () => Reflect.ownKeys({ a: 1, never: 1 }) }),
  nested: { basket: new Basket() },
};
const names = {
  names: () => Object.keys(values),
  lookUp: (name: string) => (Object.hasOwn(values, name) ? { value: values[name] } : undefined),
  // V8 would find that `total` throws.
  readQuietly: (object: object, name: string) =>
    name === "total" ? undefined : { value: Reflect.get(object, name) as unknown },
};

test.each([
  ["bas", ["basket"]],
  ["basket.", ["basket.clear", "basket.constructor", "basket.items", "basket.owner", "basket.total"]],
  ["await basket.it", ["basket.items"]],
  ["basket?.cl", ["basket?.clear"]],
  ["f(nested.basket.to", ["nested.basket.total"]],
  ["basket.total.", []],
  ["basket.owner.", ["basket.owner.name"]],
  ["nested.basket.owner.na", ["nested.basket.owner.name"]],
  ["basket.missing.x", []],
  ["text.trimS", ["text.trimStart"]],
  ["trap.", []],
  ["f().", []],
  ["1.", []],
  ["JSON.str", ["JSON.stringify"]],
])("%s may become %j", (line, completions) => {
  expect(complete(line, names).completions).toEqual(completions);
});
