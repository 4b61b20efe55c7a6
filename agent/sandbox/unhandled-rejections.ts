// Tracks what V8 itself knows of rejections. The promise of an async function is not one of ours, and no code in the
// sandbox can make V8 believe that it was handled. The objects belong to the sandbox: nothing here uses them in a way
// that would run the sandbox's code.
import { types } from "node:util";
import type { Thrown } from "../../shared/messages/messages.ts";

const CALL = Symbol.for("remsh.call");

/** A rejection in the form in which it is reported. */
export interface Unhandled {
  /** The number of the failed call that the error belongs to; undefined for any other error. */
  call: number | undefined;
  thrown: Thrown;
}

/** The rejections that are still unhandled. */
export class UnhandledRejections {
  readonly #reasons = new Map<Promise<unknown>, unknown>();

  constructor() {
    process.on("unhandledRejection", (reason, promise) => this.#reasons.set(promise, reason));
    process.on("rejectionHandled", (promise) => this.#reasons.delete(promise));
  }

  /** Forgets the rejections of an expression that has ended. */
  clear(): void {
    this.#reasons.clear();
  }

  first(): Unhandled | undefined {
    for (const reason of this.#reasons.values()) return describe(reason);
    return undefined;
  }
}

function describe(reason: unknown): Unhandled {
  if (typeof reason === "function" || (typeof reason === "object" && reason !== null)) return describeObject(reason);
  return { call: undefined, thrown: { text: String(reason), ...(reason === undefined && { isUndefined: true }) } };
}

function describeObject(reason: object): Unhandled {
  // A proxy's traps, getters, and the function that builds an error's `stack` are the sandbox's code. Other data is
  // only read.
  if (types.isProxy(reason) || !types.isNativeError(reason))
    return { call: undefined, thrown: { text: "[an object]" } };
  const call = dataOf(reason, CALL);
  return {
    call: typeof call === "number" ? call : undefined,
    thrown: {
      error: { name: textOf(inheritedDataOf(reason, "name"), "Error"), message: textOf(dataOf(reason, "message"), "") },
    },
  };
}

function inheritedDataOf(object: object, key: string): unknown {
  for (let at: object | null = object; at !== null && !types.isProxy(at); at = Reflect.getPrototypeOf(at)) {
    const value = dataOf(at, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

function dataOf(object: object, key: PropertyKey): unknown {
  return Reflect.getOwnPropertyDescriptor(object, key)?.value;
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value.slice(0, 10_000) : otherwise;
}
