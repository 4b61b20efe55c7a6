// Reads a word of the command line as JSON: `5`, `true` and `{"a":1}` mean what they say, anything else is text. A
// number counts as one only if JavaScript would write it the same way: `3.10`, `007`, `5e10` and the digits of an id
// are text, unless a schema wants a number.

/** A number as it was typed, when JavaScript would write it differently. */
export class WrittenNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The number; undefined when JavaScript cannot represent it exactly. */
  get exact(): number | undefined {
    const number = Number(this.text);
    return Number.isFinite(number) && digitsOf(String(number)) === digitsOf(this.text) ? number : undefined;
  }
}

/** Matches the strings and numbers of a JSON text, one after the other. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** The word's value. At any depth, a number that JavaScript would write differently becomes a {@link WrittenNumber}. */
export function readJson(word: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(word);
  } catch {
    return word;
  }
  if (typeof value === "number") return String(value) === word ? value : new WrittenNumber(word);
  return isOwnText(word) ? value : withWrittenNumbers(word);
}

/** True for a word that begins like an object or a list but is not JSON: `{'a':1}`. */
export function isAlmostJson(word: string): boolean {
  return /^[[{]/.test(word) && typeof readJson(word) === "string";
}

/** True when JavaScript would write all numbers of a JSON text the same way. */
function isOwnText(json: string): boolean {
  return (json.match(TEXT_OR_NUMBER) ?? []).every((token) => token.startsWith('"') || token === String(Number(token)));
}

function withWrittenNumbers(json: string): unknown {
  // The global `crypto`: node:crypto would be loaded for every call.
  const mark = `number ${crypto.randomUUID()} `;
  const marked = json.replaceAll(TEXT_OR_NUMBER, (token) =>
    token.startsWith('"') || token === String(Number(token)) ? token : `"${mark}${token}"`,
  );
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? new WrittenNumber(value.slice(mark.length)) : value,
  );
}

/** The number as its sign, its digits and its power of ten, independent of how it was written. */
function digitsOf(text: string): string {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text.trim()) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  const exponent = Number(power) - fraction.length + digits.length - kept.length;
  return kept === "" ? "0" : `${sign}${kept}e${exponent}`;
}
