// Runs inside the sandbox beside an expression: makes the tasks callable, and turns values into text and back. It is
// bundled into a separate program without `process` or `require`, and with nothing of Node but Buffer. It shares
// JavaScript's built-ins with the expression, which may replace them: see built-ins.ts.
import { parse, stringify } from "devalue";
import { messageOf } from "../../shared/message-of.ts";
import { encodeRich, isPlain } from "../../shared/messages/values.ts";
import type { OutputStream } from "../border/sandbox-messages.ts";
import { withBuiltIns } from "./built-ins.ts";
import { GuestCalls } from "./guest-calls.ts";
import { describeThrown, exitCodeOf, textOf, withScope } from "./guest-thrown.ts";
import { HeldFunctions } from "./held-function.ts";
import type { AsyncProgram } from "./program.ts";
import { TrackedPromise, forgetRejections, learn, unheardRejection } from "./tracked-promise.ts";

/** The inside of the sandbox, as expression-course.ts uses it. Only strings and numbers pass through. */
export interface Guest {
  /** Runs the program. `tasks` is the JSON of the names that can be called. */
  evaluate(program: AsyncProgram, tasks: string): void;
  /** Takes the response to a call: the JSON of its result or of its error. */
  settle(call: number, failed: boolean, body: string): void;
  /** Reports an unheard failure as `threw`; false when there is none. */
  tellUnheard(): boolean;
  /** Searches the returned value for functions. Called once, before `tellValue`. */
  look(): void;
  /** Reports the value, or what is wrong with it. */
  tellValue(): void;
  /** Reports that the program waits for something that nothing will settle. */
  tellStuck(): void;
  /** Called when the program has ended. */
  forget(): void;
}

/** The reports from the inside. */
export interface Ears {
  /** Begins a call, with its arguments as JSON or devalue's text; returns its number. */
  call(task: string, args: string, encoding: "devalue" | ""): number;
  /** Takes an array of the values that were printed, as JSON or devalue's text. */
  print(stream: OutputStream, values: string, encoding: "devalue" | ""): void;
  /** The program has returned a value. */
  returned(): void;
  /** The value as JSON or devalue's text, undefined for undefined. `text` is the value as its task formats it. */
  value(encoded: string | undefined, encoding: "devalue" | "", text: string | undefined): void;
  unserializable(reason: string, text: string): void;
  /** The value is or contains a function. */
  uncalled(reason: string): void;
  /** `thrown` is the JSON of a Thrown. `call` is the number of the failed call that the error belongs to, else 0. */
  threw(thrown: string, call: number, exitCode: number | undefined): void;
}

/** The methods of an expression's console, by the stream that each prints to. */
const CONSOLE = {
  stdout: ["log", "info", "debug", "dir", "table"],
  stderr: ["warn", "error", "trace"],
} as const satisfies Record<OutputStream, readonly string[]>;

const DEVALUE = { parse, stringify };

const NOT_SHOWN = "[a value that cannot be shown]";

const WAITS_FOR_EVER = "it waits for a promise that nothing will settle";

/** Starts the guest. The returned object is all that the outside holds of the inside. */
export function start(ears: Ears): Guest {
  const inside = new Inside({ ...ears });
  // A wait by Atomics uses no processor time, and would not notice the end of the app or a call's answer.
  for (const name of ["Atomics", "SharedArrayBuffer"]) Reflect.deleteProperty(globalThis, name);
  define("print", (...values: unknown[]) => inside.print("stdout", values));
  // V8's own console has no output.
  define("console", { ...printers(inside, "stdout"), ...printers(inside, "stderr") });
  return inside;
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

function printers(inside: Inside, stream: OutputStream): Record<string, (...values: unknown[]) => void> {
  return Object.fromEntries(
    CONSOLE[stream].map((name) => [name, (...values: unknown[]) => inside.print(stream, values)]),
  );
}

class Inside implements Guest {
  readonly #ears: Ears;
  readonly #calls: GuestCalls;
  #program = 0;
  /** What an expression can use besides JavaScript itself. */
  #scope = "";
  #value: unknown;
  #held: HeldFunctions | undefined;

  constructor(ears: Ears) {
    this.#ears = ears;
    this.#calls = new GuestCalls((task, args, encoding) => ears.call(task, args, encoding));
  }

  evaluate(program: AsyncProgram, tasks: string): void {
    forgetRejections();
    withBuiltIns(() => {
      // The host wrote this JSON: an array of names.
      const names = JSON.parse(tasks) as string[];
      for (const name of names) this.#calls.define(name);
      this.#scope = [...new Set(names.map((name) => name.split(".")[0])), "print", "console"].join(", ");
    });
    const number = ++this.#program;
    const isCurrent = () => number === this.#program;
    learn(
      program(TrackedPromise),
      (value) => {
        if (!isCurrent()) return;
        this.#value = value;
        this.#ears.returned();
      },
      (error) => {
        if (isCurrent()) this.#tellThrown(error);
      },
    );
  }

  settle(call: number, failed: boolean, body: string): void {
    this.#calls.settle(call, failed, body);
  }

  tellUnheard(): boolean {
    const rejection = unheardRejection();
    if (rejection) this.#tellThrown(rejection.error);
    return rejection !== undefined;
  }

  look(): void {
    try {
      this.#held = new HeldFunctions(this.#value);
    } catch {
      // The value cannot be sent either, for the same reason: `tellValue` reports which.
    }
  }

  tellValue(): void {
    const uncalled = this.#held?.text((call) => this.#calls.taskOf(call));
    if (uncalled !== undefined) return this.#ears.uncalled(uncalled);
    try {
      withBuiltIns(() => this.#encodeValue(this.#value));
    } catch (error) {
      this.#ears.unserializable((error as TypeError).message, NOT_SHOWN); // an error of `withBuiltIns` itself
    }
  }

  tellStuck(): void {
    this.#tellThrown(new Error(WAITS_FOR_EVER));
  }

  forget(): void {
    this.#program++;
    this.#value = undefined;
    this.#held = undefined;
    this.#calls.forget();
    forgetRejections();
  }

  print(stream: OutputStream, values: unknown[]): void {
    if (isPlain(values)) this.#ears.print(stream, JSON.stringify(values), "");
    else withBuiltIns(() => this.#ears.print(stream, encodePrinted(values), "devalue"));
  }

  #tellThrown(error: unknown): void {
    const call = this.#calls.numberOf(error);
    try {
      withBuiltIns(() => {
        const thrown = describeThrown(error);
        // A task of the app that threw has another scope.
        const told = call === 0 ? withScope(thrown, this.#scope) : thrown;
        this.#ears.threw(JSON.stringify(told), call, exitCodeOf(error));
      });
    } catch {
      // A built-in could not be restored: the throw is still reported.
      this.#ears.threw(`{"text":"${NOT_SHOWN}"}`, call, undefined);
    }
  }

  #encodeValue(value: unknown): void {
    if (value === undefined) return this.#ears.value(undefined, "", undefined);
    try {
      const encoded = isPlain(value) ? { value } : encodeRich(value, DEVALUE);
      const text = this.#calls.textFor(value, encoded);
      if ("encoding" in encoded) this.#ears.value(encoded.value, encoded.encoding, text);
      else this.#ears.value(JSON.stringify(value), "", text);
    } catch (error) {
      this.#ears.unserializable(messageOf(error), textOf(value));
    }
  }
}

function encodePrinted(values: unknown[]): string {
  try {
    return encodeRich(values, DEVALUE).value;
  } catch {
    // Something in it is not data, so it is shown as text.
    return encodeRich(values.map(textOf), DEVALUE).value;
  }
}
