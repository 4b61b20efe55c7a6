// A task's own text for its result (`format`) holds for an expression that returns what the task returned, as it came.
import type { CallResult, Encoded } from "../../shared/messages/messages.ts";
import { OwnWeakMap } from "./built-ins.ts";

/** The texts of results, by the object that an expression has got. */
export class FormattedResults {
  readonly #texts = new OwnWeakMap<object, { text: string; sent: string }>();

  /** Remembers the text of a result; that of a number or a string would be taken for one of its equals. */
  add(value: unknown, { text, ...result }: CallResult): void {
    if (typeof value !== "object" || value === null || text === undefined) return;
    this.#texts.set(value, { text, sent: textOf(result) });
  }

  /** The value's text; undefined for what no task returned, or for what was changed since. */
  textFor(value: unknown, encoded: Encoded): string | undefined {
    const known = typeof value === "object" && value !== null ? this.#texts.get(value) : undefined;
    return known?.sent === textOf(encoded) ? known?.text : undefined;
  }
}

function textOf({ value, encoding }: Encoded): string {
  return JSON.stringify([value, encoding]);
}
