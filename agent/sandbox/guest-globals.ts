// Provides the globals of the guest's program: build.mjs replaces the names by these. First the sandbox's own, as they
// were before an expression's first line. Then those that Node has and the sandbox lacks, which hold what tasks return.
// An expression sees neither.

const { Array, ArrayBuffer, BigInt, Boolean, Buffer, DataView, Date, Math, Number, Object, Promise } = globalThis;
const { AggregateError, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } = globalThis;
const { Map, Reflect, RegExp, Set, String, Symbol, Uint8Array, WeakMap, WeakSet } = globalThis;

/** A copy, since an expression can also replace these functions. */
const { parse, stringify } = globalThis.JSON;
const OwnJson: JSON = { parse, stringify, [Symbol.toStringTag]: "JSON" };

export { OwnJson as JSON };
export { Array, ArrayBuffer, BigInt, Boolean, Buffer, DataView, Date, Math, Number, Object, Promise };
export { AggregateError, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
export { Map, Reflect, RegExp, Set, String, Symbol, Uint8Array, WeakMap, WeakSet };

class Text {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** Stands for a URL: it can be stored, read as text and passed on, but not taken apart. */
export class URL extends Text {
  get [Symbol.toStringTag](): string {
    return "URL";
  }

  get href(): string {
    return this.toString();
  }
}

/** Stands for URLSearchParams, like {@link URL}. */
export class URLSearchParams extends Text {
  get [Symbol.toStringTag](): string {
    return "URLSearchParams";
  }
}

/** As in browsers: base64 to a string with one character per byte. */
export function atob(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

/** As in browsers: a string with one character per byte, to base64. */
export function btoa(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("base64");
}
