// Finds a function in an expression's value: data has none, so it is one that was meant to be called.
import { withBuiltIns } from "./built-ins.ts";
import { learn } from "./tracked-promise.ts";

/** Values that are looked at; a value with more of them is data, not a slip. */
const MAX_VALUES = 10_000;

/** The functions in a value. Those in its promises are found as soon as what waits for them has had its turn. */
export class HeldFunctions {
  readonly #value: unknown;
  readonly #seen = new Set<unknown>();
  #found: object | undefined;

  constructor(value: unknown) {
    this.#value = value;
    this.#look(value);
  }

  /** What is wrong with the value, completing "Evaluated …, but "; undefined where nothing is. */
  text(taskOf: (call: object) => string | undefined): string | undefined {
    const held = this.#found;
    if (held === undefined) return undefined;
    const task = taskOf(held);
    const what = task === undefined ? "a function" : `the task "${task}"`;
    const remedy = task === undefined ? "" : ` (write "${task}()")`;
    return `its value ${held === this.#value ? "is" : "holds"} ${what}, and nothing calls it${remedy}`;
  }

  #look(value: unknown): void {
    withBuiltIns(() => {
      const waiting: unknown[] = [value];
      while (waiting.length > 0 && this.#found === undefined && this.#seen.size < MAX_VALUES) {
        const item = waiting.pop();
        if (typeof item === "function") this.#found = item;
        if (typeof item !== "object" || item === null || this.#seen.has(item)) continue;
        this.#seen.add(item);
        for (const inner of this.#contentsOf(item)) waiting.push(inner);
      }
    });
  }

  #contentsOf(value: object): unknown[] {
    if (value instanceof Promise) {
      this.#lookInside(value);
      return [];
    }
    if (value instanceof Map) return [...(value as Map<unknown, unknown>)].flat();
    if (value instanceof Set) return [...(value as Set<unknown>)];
    if (ArrayBuffer.isView(value)) return [];
    // A toJSON says how the object is written, and is called for it.
    return Object.entries(value).flatMap(([key, item]: [string, unknown]) => (key === "toJSON" ? [] : [item]));
  }

  #lookInside(promise: Promise<unknown>): void {
    learn(
      promise,
      (value) => this.#look(value),
      () => {}, // it holds nothing
    );
  }
}
