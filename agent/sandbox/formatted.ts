// Remembers a task's own text for its result (`format`), for an expression that returns that result unchanged.
import type { CallResult, Encoded } from "../../shared/messages/messages.ts";
import { OwnWeakMap } from "./built-ins.ts";

/** The texts of results, by the object that the expression received. */
export class FormattedResults {
  readonly #texts = new OwnWeakMap<object, { text: string; sent: string }>();

  /**
   * Remembers the text of a result. Only objects are remembered: a number or a string cannot be told from an equal one.
   */
  add(value: unknown, { text, ...result }: CallResult): void {
    if (typeof value !== "object" || value === null || text === undefined) return;
    this.#texts.set(value, { text, sent: textOf(result) });
  }

  /** The value's text; undefined for a value that no task returned, or that has changed since. */
  textFor(value: unknown, encoded: Encoded): string | undefined {
    const known = typeof value === "object" && value !== null ? this.#texts.get(value) : undefined;
    return known?.sent === textOf(encoded) ? known?.text : undefined;
  }
}

function textOf({ value, encoding }: Encoded): string {
  return JSON.stringify([value, encoding]);
}
