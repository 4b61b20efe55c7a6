// What V8 itself knows of rejections: the promise of an async function is none of ours, and no code in the sandbox can make V8 believe
// that somebody has handled it. The objects are the sandbox's own: nothing here asks one of them anything that would run its code.
import { types } from "node:util";
import type { Thrown } from "../../shared/messages/messages.ts";

const CALL = Symbol.for("remsh.call");

/** A rejection as it is told. */
export interface Unhandled {
  /** The number of the failed call whose error it is; undefined for any other. */
  call: number | undefined;
  thrown: Thrown;
}

/** The rejections that nothing has handled until now. */
export class UnhandledRejections {
  readonly #reasons = new Map<Promise<unknown>, unknown>();

  constructor() {
    process.on("unhandledRejection", (reason, promise) => this.#reasons.set(promise, reason));
    process.on("rejectionHandled", (promise) => this.#reasons.delete(promise));
  }

  /** Forgets those of an expression that has ended. */
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
  // A proxy's traps, getters, and what makes an error's `stack` are the sandbox's code. Other data is only read.
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
  for (
    let at: object | null = object;
    at !== null && !types.isProxy(at);
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const value = dataOf(at, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

function dataOf(object: object, key: PropertyKey): unknown {
  return Reflect.getOwnPropertyDescriptor(object, key)?.value as unknown;
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value.slice(0, 10_000) : otherwise;
}
