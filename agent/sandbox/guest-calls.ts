// Makes the tasks callable inside the sandbox: a call is a message to the outside, and a promise that the response
// settles.
import { parse, stringify } from "devalue";
import { RpcError } from "../../shared/errors.ts";
import { messageOf } from "../../shared/message-of.ts";
import type { CallResult, Encoded, ErrorObject, RpcErrorData } from "../../shared/messages/messages.ts";
import { toTaskError } from "../../shared/messages/thrown.ts";
import { decode, encodeRich, isPlain } from "../../shared/messages/values.ts";
import { OwnMap, OwnWeakMap, withBuiltIns } from "./built-ins.ts";
import { FormattedResults } from "./formatted.ts";
import { TrackedPromise } from "./tracked-promise.ts";

const DEVALUE = { parse, stringify };
const { hasOwn } = Object;
const { defineProperty, get } = Reflect;

/** Marks the error of a failed call for the outside, which can look at an error but cannot ask the sandbox about it. */
const CALL = Symbol.for("remsh.call");

/** Sends a call to the outside, with its arguments as JSON or devalue's text. Returns the call's number. */
export type SendCall = (task: string, args: string, encoding: "devalue" | "") => number;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The calls of a sandbox. This uses no built-in that an expression could have replaced. */
export class GuestCalls {
  readonly #send: SendCall;
  readonly #waiting = new OwnMap<number, Waiting>();
  readonly #failures = new OwnWeakMap<object, number>();
  readonly #tasks = new OwnWeakMap<object, string>();
  readonly #formatted = new FormattedResults();

  constructor(send: SendCall) {
    this.#send = send;
  }

  /** Makes `Release.migrate` a function that calls the task, and creates its namespace if it is missing. */
  define(task: string): void {
    const path = task.split(".");
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

  /** Takes the response to a call: its result, or its error, as JSON. */
  settle(call: number, failed: boolean, body: string): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (waiting === undefined) return;
    // The runner wrote this JSON.
    if (failed) waiting.reject(this.#errorOf(call, JSON.parse(body) as ErrorObject));
    else this.#resolve(waiting, JSON.parse(body) as CallResult);
  }

  /** Called when the expression has ended: later responses are ignored. */
  forget(): void {
    this.#waiting.clear();
  }

  /** The number of the call that failed with this error; 0 for any other. */
  numberOf(error: unknown): number {
    return typeof error === "object" && error !== null ? (this.#failures.get(error) ?? 0) : 0;
  }

  /** The task that the function calls. */
  taskOf(call: object): string | undefined {
    return this.#tasks.get(call);
  }

  /** A task's own text for its result. */
  textFor(value: unknown, encoded: Encoded): string | undefined {
    return this.#formatted.textFor(value, encoded);
  }

  #call(task: string, args: unknown[]): Promise<unknown> {
    return new TrackedPromise<unknown>((resolve, reject) => {
      try {
        const { text, encoding } = encodeArguments(args);
        this.#waiting.set(this.#send(task, text, encoding), { resolve, reject });
      } catch (error) {
        reject(new TypeError(`Cannot call "${task}": ${messageOf(error)}`));
      }
    });
  }

  /** A result that cannot be decoded fails only this call. */
  #resolve(waiting: Waiting, result: CallResult): void {
    try {
      // An expression may have added an `encoding` to Object.prototype.
      const isJson = !hasOwn(result, "encoding") && !hasOwn(result, "text");
      waiting.resolve(isJson ? own(result, "value") : withBuiltIns(() => this.#readResult(result)));
    } catch (error) {
      waiting.reject(error);
    }
  }

  #readResult(result: CallResult): unknown {
    const value = decode(result, DEVALUE);
    this.#formatted.add(value, result);
    return value;
  }

  #errorOf(call: number, failed: ErrorObject): Error {
    const error = errorLike(failed);
    this.#failures.set(error, call);
    const descriptor = { __proto__: null, value: call };
    defineProperty(error, CALL, descriptor);
    return error;
  }
}

function own(object: object, key: string): unknown {
  return hasOwn(object, key) ? get(object, key) : undefined;
}

function set(namespace: object, name: string, value: unknown): void {
  Object.defineProperty(namespace, name, { value, writable: true, configurable: true, enumerable: true });
}

function encodeArguments(args: unknown[]): { text: string; encoding: "devalue" | "" } {
  if (args.length === 0) return { text: "", encoding: "" };
  if (isPlain(args)) return { text: JSON.stringify(args), encoding: "" };
  return withBuiltIns(() => ({ text: encodeRich(args, DEVALUE).value, encoding: "devalue" }));
}

/** A failed call must fail, even if the expression has changed the built-ins. */
function errorLike(failed: ErrorObject): Error {
  try {
    return withBuiltIns(() => toError(failed));
  } catch {
    return new Error("the task failed");
  }
}

/** The error of a failed call, as the client library would throw it. */
function toError({ message, data }: ErrorObject): Error {
  if (data && "thrown" in data) return toTaskError(data, DEVALUE);
  const { code = "INTERNAL", run, state, text } = (data ?? {}) as Partial<RpcErrorData>;
  return new RpcError(code, message, {
    ...(run !== undefined && { run }),
    ...(state !== undefined && { state }),
    ...(text !== undefined && { text }),
  });
}
