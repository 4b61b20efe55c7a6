// Finds the SQL statements in a text by PostgreSQL's rules, as psql does: quotes, dollar quotes and nested comments are
// taken whole, and a semicolon within parentheses or a BEGIN ATOMIC body ends nothing. One pass without a regular
// expression over the whole text: a literal may be as long as memory allows.

/** Where one statement stands: `text.slice(start, end)`, comments before it and its semicolon left out. */
export interface StatementPlace {
  readonly start: number;
  readonly end: number;
}

/** The places of the statements in the text, in order. */
export function findStatements(text: string): StatementPlace[] {
  return new Scanner(text).scan();
}

/** No keyword is longer. */
const LONGEST_WORD = 16;

class Scanner {
  readonly #text: string;
  readonly #found: StatementPlace[] = [];
  #at = 0;
  /** Where the statement began that is being read, and behind its last token. */
  #start = -1;
  #end = 0;
  #parentheses = 0;
  /** How many BEGIN ATOMIC and CASE of a function's body are open. */
  #blocks = 0;
  #words: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  scan(): StatementPlace[] {
    while (this.#at < this.#text.length) {
      const from = this.#at;
      if (this.#skipSpace()) continue;
      if (this.#text[from] === ";" && this.#parentheses === 0 && this.#blocks === 0) {
        this.#at += 1;
        this.#finish();
        continue;
      }
      if (this.#start < 0) this.#start = from;
      this.#readToken();
      this.#end = this.#at;
    }
    this.#finish();
    return this.#found;
  }

  #finish(): void {
    if (this.#start >= 0) this.#found.push({ start: this.#start, end: this.#end });
    this.#start = -1;
    this.#parentheses = 0;
    this.#blocks = 0;
    this.#words = [];
  }

  /** White space (a byte order mark, too) and comments. */
  #skipSpace(): boolean {
    const from = this.#at;
    if (isSpace(this.#text[from] ?? "")) this.#at += 1;
    else if (this.#text.startsWith("--", from)) this.#skipTo("\n", from + 2);
    else if (this.#text.startsWith("/*", from)) this.#skipComment();
    return this.#at > from;
  }

  #skipComment(): void {
    let depth = 1;
    this.#at += 2;
    while (depth > 0 && this.#at < this.#text.length) {
      const close = this.#text.indexOf("*/", this.#at);
      const open = this.#text.indexOf("/*", this.#at);
      const inner = open >= 0 && open < close;
      depth += inner ? 1 : -1;
      this.#at = close < 0 ? this.#text.length : (inner ? open : close) + 2;
    }
  }

  #readToken(): void {
    const character = this.#text[this.#at] ?? "";
    if (character === "'" || character === '"') return this.#skipTo(character, this.#at + 1);
    if (character === "$") return this.#readDollar();
    if (isWordPart(character)) return this.#readWord();
    if (character === "(") this.#parentheses += 1;
    if (character === ")") this.#parentheses = Math.max(0, this.#parentheses - 1);
    this.#at += 1;
  }

  /** `$tag$ … $tag$`, or a parameter such as `$1`. */
  #readDollar(): void {
    const from = this.#at;
    let end = from + 1;
    while (isWordPart(this.#text[end] ?? "") && this.#text[end] !== "$") end += 1;
    const isQuote = this.#text[end] === "$" && !isDigit(this.#text[from + 1] ?? "");
    if (isQuote) this.#skipTo(this.#text.slice(from, end + 1), end + 1);
    else this.#at = Math.max(end, from + 1);
  }

  #readWord(): void {
    const from = this.#at;
    while (isWordPart(this.#text[this.#at] ?? "")) this.#at += 1;
    const word = this.#text.slice(from, Math.min(this.#at, from + LONGEST_WORD)).toLowerCase();
    if (word === "e" && this.#text[this.#at] === "'") return this.#skipEscaped();
    this.#countBlocks(word);
  }

  /** As psql: what is open between BEGIN and END counts only in what creates a function or procedure. */
  #countBlocks(word: string): void {
    if (this.#words.length < 4) this.#words.push(word);
    if (this.#parentheses > 0 || !this.#createsRoutine()) return;
    if (word === "begin") this.#blocks += 1;
    else if (word === "case" && this.#blocks > 0) this.#blocks += 1;
    else if (word === "end" && this.#blocks > 0) this.#blocks -= 1;
  }

  #createsRoutine(): boolean {
    const [first, ...others] = this.#words;
    const what = others[0] === "or" && others[1] === "replace" ? others[2] : others[0];
    return first === "create" && (what === "function" || what === "procedure");
  }

  /** A string in which a backslash escapes the quote. */
  #skipEscaped(): void {
    this.#at += 1;
    while (this.#at < this.#text.length && this.#text[this.#at] !== "'")
      this.#at += this.#text[this.#at] === "\\" ? 2 : 1;
    this.#at = Math.min(this.#at + 1, this.#text.length);
  }

  #skipTo(end: string, from: number): void {
    const found = this.#text.indexOf(end, from);
    this.#at = found < 0 ? this.#text.length : found + end.length;
  }
}

/** Letters of every script, digits, `_` and, after the first, `$`. */
function isWordPart(character: string): boolean {
  const isLetter = (character >= "a" && character <= "z") || (character >= "A" && character <= "Z");
  return isLetter || isDigit(character) || character === "_" || character === "$" || character >= "\u0080";
}

/** PostgreSQL's white space and, where an editor has written one, the byte order mark. */
function isSpace(character: string): boolean {
  return character <= " " || character === "\ufeff";
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9";
}
