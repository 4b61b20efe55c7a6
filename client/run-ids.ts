// Makes the ids of a client's runs: random once, then counted. A random number for each call would cost more than the
// rest of the call.
import { randomBytes } from "node:crypto";

/** Makes ids that no other client makes: `9f86d081884c7d65-1`, `…-2`, in base 36. */
export class RunIds {
  readonly #prefix = randomBytes(8).toString("hex");
  #last = 0;

  /** The next id. */
  next(): string {
    return `${this.#prefix}-${(++this.#last).toString(36)}`;
  }
}
