// Finds a function in an expression's value: data contains none, so the function was meant to be called.
import { withBuiltIns } from "./built-ins.ts";
import { learn } from "./tracked-promise.ts";

/** Values that are searched. A value with more of them is data, not a mistake. */
const MAX_VALUES = 10_000;

/**
 * Collects the functions in a value. Functions inside its promises are found after the code that waits for those
 * promises has run.
 */
export class HeldFunctions {
  readonly #value: unknown;
  readonly #seen = new Set<unknown>();
  #found: object | undefined;

  constructor(value: unknown) {
    this.#value = value;
    this.#look(value);
  }

  /** The problem with the value, which completes "Evaluated …, but "; undefined if there is none. */
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
    if (value instanceof Map) return [...value].flat();
    if (value instanceof Set) return [...value];
    if (ArrayBuffer.isView(value)) return [];
    // A toJSON defines how the object is written, and is called for that, so it is not a mistake.
    return Object.entries(value).flatMap(([key, item]: [string, unknown]) => (key === "toJSON" ? [] : [item]));
  }

  #lookInside(promise: Promise<unknown>): void {
    learn(
      promise,
      (value) => this.#look(value),
      () => {}, // a rejected promise holds no value
    );
  }
}
