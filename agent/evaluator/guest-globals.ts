// What Node has as globals and the sandbox has not. build.mjs puts these in their place in the guest's program, which needs
// them to hold what tasks return; an expression does not see them.

class Text {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** Stands for a URL: it can be held, read as text and passed on, but not be taken apart. */
export class URL extends Text {
  get [Symbol.toStringTag](): string {
    return "URL";
  }

  get href(): string {
    return this.toString();
  }
}

/** Stands for URLSearchParams, as {@link URL} does. */
export class URLSearchParams extends Text {
  get [Symbol.toStringTag](): string {
    return "URLSearchParams";
  }
}

/** As in browsers: base64 to bytes, one for each character. */
export function atob(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}

/** As in browsers: bytes, one for each character, to base64. */
export function btoa(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("base64");
}
