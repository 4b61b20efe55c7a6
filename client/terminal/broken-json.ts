// Finds where a text stops being JSON. Node's own error says so only for some faults and on some versions.

const BLANKS = /[ \t\r\n]*/y;
const SCALAR =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The position of the first invalid character, counted from 1; undefined for valid JSON. */
export function brokenPlace(text: string): { line: number; column: number } | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const lines = text.slice(0, new Reader(text).fault()).split("\n");
    return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
  }
}

/** Reads as far as the text is JSON. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where reading ends: at a character that does not belong there, or at the end of an incomplete text. */
  fault(): number {
    if (this.#value()) this.#skip(BLANKS);
    return this.#at;
  }

  #value(): boolean {
    this.#skip(BLANKS);
    if (this.#takes("[")) return this.#items("]", () => this.#value());
    if (this.#takes("{")) return this.#items("}", () => this.#property());
    return this.#skip(SCALAR);
  }

  #property(): boolean {
    this.#skip(BLANKS);
    if (this.#text[this.#at] !== '"' || !this.#skip(SCALAR)) return false;
    this.#skip(BLANKS);
    return this.#takes(":") && this.#value();
  }

  #items(end: string, item: () => boolean): boolean {
    this.#skip(BLANKS);
    if (this.#takes(end)) return true;
    do if (!item()) return false;
    while (this.#separates());
    return this.#takes(end);
  }

  #separates(): boolean {
    this.#skip(BLANKS);
    return this.#takes(",");
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #skip(what: RegExp): boolean {
    what.lastIndex = this.#at;
    const found = what.exec(this.#text);
    this.#at += found?.[0].length ?? 0;
    return found !== null;
  }
}
