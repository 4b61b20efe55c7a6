// What runs inside the sandbox beside an expression: it makes the tasks callable and turns values, both ways, into text.
// Bundled into one program of its own; it has no `process`, no `require`, and nothing of Node but Buffer.
import { parse, stringify } from "devalue";
import { RpcError } from "../../shared/errors.ts";
import { messageOf } from "../../shared/message-of.ts";
import type { AgentMessage, CallResult, Encoded, ErrorObject, RpcErrorData, Thrown } from "../../shared/messages.ts";
import { toTaskError } from "../../shared/thrown.ts";
import { decode, encodeRich, isPlain } from "../../shared/values.ts";
import type { EncodedArguments, OutputStream } from "../gateway/evaluator-messages.ts";
import { ObservedPromise } from "../observed-promise.ts";
import { FormattedResults } from "./formatted.ts";
import { describeThrown, textOf } from "./guest-thrown.ts";
import { uncalledText } from "./held-function.ts";

/** The sandbox's inside, as sandbox.ts sees it. */
export interface Guest {
  /** Runs the program; `tasks` is the JSON of the names that can be called, `mention` what is to be said when the program calls none. */
  evaluate(program: () => Promise<unknown>, tasks: string, mention: string | undefined): void;
  /** Takes the response to a call. */
  answer(response: string): void;
  /** Ends a program that has nothing more to wait for; asked when all that could go on has gone on. */
  checkForEnd(): void;
}

/** Sends `message`, a JSON text, or for a stream the values that were printed, as devalue's text. */
export type Send = (kind: "message" | OutputStream, body: string) => void;

/** The methods of an expression's console, by the stream that each prints to. */
const CONSOLE = {
  stdout: ["log", "info", "debug", "dir", "table"],
  stderr: ["warn", "error", "trace"],
} as const satisfies Record<OutputStream, readonly string[]>;

const DEVALUE = { parse, stringify };

const WAITS_FOR_EVER = "it waits for a promise that nothing will settle";

interface Waiting {
  promise: ObservedPromise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Begins; what it returns is all that the outside holds of the inside. */
export function start(send: Send): Guest {
  const inside = new Inside(send);
  // To wait by them costs no processor time and hears of nothing: not of the end of the app, nor of a call's answer.
  for (const name of ["Atomics", "SharedArrayBuffer"]) Reflect.deleteProperty(globalThis, name);
  define("print", (...values: unknown[]) => inside.print("stdout", values));
  // V8's own says everything to nobody.
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
  readonly #send: Send;
  readonly #calls = new Map<number, Waiting>();
  /** Errors that calls failed with, by the call's number. */
  readonly #failures = new WeakMap<object, number>();
  /** Calls that failed and that nobody waited for. */
  #unheard: { promise: ObservedPromise<unknown>; error: unknown }[] = [];
  readonly #formatted = new FormattedResults();
  #lastCall = 0;
  #program = 0;
  /** What an expression finds beside JavaScript itself. */
  #scope = "";
  #isRunning = false;
  /** The message that it returned, which is sent when its calls have ended. */
  #returned: object | undefined;
  /** What is to be said when the program has called no task, although it names one. */
  #mention: string | undefined;
  /** The tasks by the functions that call them. */
  readonly #tasks = new WeakMap<object, string>();

  constructor(send: Send) {
    this.#send = send;
  }

  evaluate(program: () => Promise<unknown>, tasks: string, mention: string | undefined): void {
    this.#isRunning = true;
    this.#mention = mention;
    this.#unheard = [];
    this.#returned = undefined;
    // The host wrote it: an array of names.
    const names = JSON.parse(tasks) as string[];
    for (const name of names) this.#define(name.split("."), name);
    this.#scope = [...new Set(names.map((name) => name.split(".")[0])), "print", "console"].join(", ");
    void this.#run(program, ++this.#program);
  }

  answer(response: string): void {
    // The runner wrote it: a response whose id is the call's number.
    const { id, result, error } = JSON.parse(response) as AgentMessage;
    const waiting = this.#calls.get(Number(id));
    this.#calls.delete(Number(id));
    if (error) this.#fail(Number(id), waiting, toError(error));
    else waiting?.resolve(this.#readValue(result as CallResult));
  }

  checkForEnd(): void {
    if (!this.#isRunning || this.#calls.size > 0) return;
    // An expression has ended when its calls have: one that nobody waited for is not forgotten, nor its failure.
    const unheard = this.#unheard.find(({ promise }) => !ObservedPromise.isObserved(promise));
    this.#end(unheard ? this.#threw(unheard.error) : (this.#returned ?? this.#threw(new Error(WAITS_FOR_EVER))));
  }

  print(stream: OutputStream, values: unknown[]): void {
    try {
      this.#send(stream, encodeRich(values, DEVALUE).value);
    } catch {
      // Something in it is no data: it is shown as text.
      this.#send(stream, encodeRich(values.map(textOf), DEVALUE).value);
    }
  }

  /** A promise, so that a value that cannot be read fails the call and nothing else. */
  async #readValue(result: CallResult): Promise<unknown> {
    const value = decode(result, DEVALUE);
    this.#formatted.add(value, result);
    return value;
  }

  async #run(program: () => Promise<unknown>, number: number): Promise<void> {
    try {
      const value = await program();
      const uncalled = await this.#uncalled(value);
      const message = uncalled ?? encodeValue(value, (encoded) => this.#formatted.textFor(value, encoded));
      if (number === this.#program) this.#returned = message;
    } catch (error) {
      if (number === this.#program && this.#isRunning) this.#end(this.#threw(error));
    }
  }

  /** The message about a program that has come to its end and has only named what it should have called. */
  async #uncalled(value: unknown): Promise<object | undefined> {
    const held = await uncalledText(value, (call) => this.#tasks.get(call));
    const reason = held ?? (this.#lastCall === 0 ? this.#mention : undefined);
    return reason === undefined ? undefined : { type: "uncalled", reason };
  }

  #threw(error: unknown): object {
    const call = typeof error === "object" && error !== null ? this.#failures.get(error) : undefined;
    const exitCode: unknown = error instanceof Error && "exitCode" in error ? error.exitCode : undefined;
    const thrown = describeThrown(error);
    // A task of the app's that threw has another scope.
    return { type: "threw", thrown: call === undefined ? withScope(thrown, this.#scope) : thrown, call, exitCode };
  }

  #end(message: object): void {
    this.#isRunning = false;
    this.#calls.clear();
    this.#send("message", JSON.stringify(message));
  }

  #fail(number: number, waiting: Waiting | undefined, error: Error): void {
    if (!waiting) return;
    this.#failures.set(error, number);
    if (!ObservedPromise.isObserved(waiting.promise)) this.#unheard.push({ promise: waiting.promise, error });
    waiting.reject(error);
  }

  /** Makes `Release.migrate` a function that calls the task, in a namespace that is made where it is missing. */
  #define(path: string[], task: string): void {
    const name = path.at(-1) ?? task;
    let namespace: object = globalThis;
    for (const part of path.slice(0, -1)) {
      const own: unknown = Object.hasOwn(namespace, part) ? Reflect.get(namespace, part) : undefined;
      const inner = typeof own === "object" && own !== null ? own : {};
      set(namespace, part, inner);
      namespace = inner;
    }
    const call = { [name]: (...args: unknown[]) => this.#call(task, args) }[name];
    if (call) this.#tasks.set(call, task);
    set(namespace, name, call);
  }

  #call(task: string, args: unknown[]): Promise<unknown> {
    const number = ++this.#lastCall;
    let settle: Pick<Waiting, "resolve" | "reject"> = { resolve() {}, reject() {} };
    const promise = new ObservedPromise<unknown>((resolve, reject) => (settle = { resolve, reject }));
    try {
      this.#send("message", JSON.stringify({ type: "call", call: number, task, args: encodeArguments(args) }));
      this.#calls.set(number, { promise, ...settle });
    } catch (error) {
      settle.reject(new TypeError(`Cannot call "${task}": ${messageOf(error)}`));
    }
    return promise;
  }
}

/** Who asks for timers, modules or the app's globals is told what there is. */
function withScope(thrown: Thrown, scope: string): Thrown {
  if (!("error" in thrown) || thrown.error.name !== "ReferenceError") return thrown;
  const { message } = thrown.error;
  if (!message.endsWith(" is not defined")) return thrown;
  return { error: { ...thrown.error, message: `${message} (in scope: ${scope})` } };
}

function set(namespace: object, name: string, value: unknown): void {
  Object.defineProperty(namespace, name, { value, writable: true, configurable: true, enumerable: true });
}

function encodeArguments(args: unknown[]): EncodedArguments {
  if (args.length === 0) return {};
  if (isPlain(args)) return { args };
  const { value } = encodeRich(args, DEVALUE);
  // devalue's text: a string.
  return { args: value, encoding: "devalue" };
}

function encodeValue(value: unknown, format: (encoded: Encoded) => string | undefined): object {
  if (value === undefined) return { type: "returned", result: {} };
  try {
    const result = isPlain(value) ? { value } : encodeRich(value, DEVALUE);
    return { type: "returned", result, text: format(result) };
  } catch (error) {
    const reason = messageOf(error);
    return { type: "unserializable", reason, text: textOf(value) };
  }
}

/** What a call failed with, as the client library would throw it. */
function toError({ message, data }: ErrorObject): Error {
  if (data && "thrown" in data) return toTaskError(data, DEVALUE);
  const { code = "INTERNAL", run, state, text } = (data ?? {}) as Partial<RpcErrorData>;
  return new RpcError(code, message, {
    ...(run !== undefined && { run }),
    ...(state !== undefined && { state }),
    ...(text !== undefined && { text }),
  });
}
