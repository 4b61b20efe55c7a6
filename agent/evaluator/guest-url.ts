// There is no URL inside the sandbox. build.mjs puts these two in its place, so that a URL that a task returns can be held,
// read as text and passed on; it cannot be taken apart.

class Text {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** Stands for a URL: `href` and its text are all there is of it. */
export class URL extends Text {
  get [Symbol.toStringTag](): string {
    return "URL";
  }

  get href(): string {
    return this.toString();
  }
}

/** Stands for URLSearchParams. */
export class URLSearchParams extends Text {
  get [Symbol.toStringTag](): string {
    return "URLSearchParams";
  }
}
