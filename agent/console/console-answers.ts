// Answers a console's lines: shows values and errors as text, and keeps the last of each for `_`, `_error` and `.more`.
import type {
  ConsoleDisplay,
  ConsoleEvaluateParams,
  ConsoleEvaluateResult,
  ConsoleMoreResult,
} from "../../shared/messages/console-messages.ts";
import type { ConsoleEngine, Marks } from "./console-engine.ts";
import { BARE_LEVEL, show, showThrown, type Shown } from "./show.ts";

/** The answers of one console. */
export class ConsoleAnswers {
  readonly #engine: ConsoleEngine;
  readonly #values: Map<string, unknown>;
  #last: unknown;
  #level = 0;

  /** `values` are the console's own names. */
  constructor(engine: ConsoleEngine, values: Map<string, unknown>) {
    this.#engine = engine;
    this.#values = values;
  }

  /** The answer for a value. */
  async returned(value: unknown, params: ConsoleEvaluateParams, marks: Marks): Promise<ConsoleEvaluateResult> {
    this.#values.set("_", value);
    if (value === undefined) return { outcome: "returned", text: "undefined", isUndefined: true };
    if (params.bare && typeof value === "string") return { outcome: "returned", text: value };
    this.#last = value;
    this.#level = params.bare ? BARE_LEVEL : 0;
    const shown = await this.#show(value, { ...params, level: this.#level }, marks);
    if (shown === undefined)
      return { outcome: "interrupted", text: "Interrupted: the value is in _, and was not shown" };
    return { outcome: "returned", text: shown.text, ...(shown.more && { more: true }) };
  }

  /** A thenable may begin its work only when it is awaited, and its internals are long. So only its name is shown. */
  notAwaited(value: unknown, name: string): ConsoleEvaluateResult {
    this.#values.set("_", value);
    this.#last = value;
    this.#level = -1;
    return { outcome: "returned", text: `[${name}, a thenable: await _ for its result]`, more: true };
  }

  /** The answer for an error. */
  async threw(error: unknown, params: ConsoleEvaluateParams, marks: Marks): Promise<ConsoleEvaluateResult> {
    this.#values.set("_error", error);
    let text = "Uncaught error that cannot be shown";
    await this.#engine.guard(() => (text = showThrown(error, params)), marks);
    return { outcome: "threw", text: this.#engine.asTyped(text) };
  }

  /** Shows the last value again, less abridged than before. */
  async more(display: ConsoleDisplay, marks: Marks): Promise<ConsoleMoreResult> {
    const shown = await this.#show(this.#last, { ...display, level: ++this.#level }, marks);
    return shown ?? { text: "Interrupted", more: true };
  }

  /** The value as text; undefined when the rendering was interrupted. */
  async #show(
    value: unknown,
    { level, ...display }: ConsoleDisplay & { level: number },
    marks: Marks,
  ): Promise<Shown | undefined> {
    let shown: Shown | undefined;
    // A value may define how it is inspected, and that is code.
    const end = await this.#engine.guard(() => (shown = show(value, level, display)), marks);
    if (shown || end === "interrupted") return shown;
    return {
      text: `[a value that cannot be shown${end === "timed-out" ? " in time" : ""}: ${typeof value}]`,
      more: false,
    };
  }
}

/** The result for code that has called nothing where it should have, like a call with wrong arguments. */
export function refused(text: string): ConsoleEvaluateResult {
  return { outcome: "threw", text, code: "BAD_ARGUMENTS" };
}
