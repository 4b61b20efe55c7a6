// A word of the command line as JSON: `5`, `true` and `{"a":1}` are what they say, anything else is the text itself.
// Digits are never lost on the way: what JSON would round stays text, or is refused.

/** A whole number as it is written, within JSON or alone. */
const WHOLE = /^-?\d+$/;

/** The word's value. A whole number too large to be exact stays text: ids are such numbers, and are not counted with. */
export function readJson(word: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(word);
  } catch {
    return word;
  }
  if (typeof value !== "number") return value;
  return Number.isFinite(value) && !isRounded(word.trim()) ? value : word;
}

/** Whether the word begins as an object or a list does, and is none: `{'a':1}`. */
export function isAlmostJson(word: string): boolean {
  return /^[[{]/.test(word) && typeof readJson(word) === "string";
}

/** The first whole number in a JSON text that reading it would round, if there is one. */
export function roundedNumber(json: string): string | undefined {
  const withoutStrings = json.replaceAll(/"(?:[^"\\]|\\.)*"/g, "");
  const numbers = withoutStrings.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? [];
  return numbers.find(isRounded);
}

function isRounded(written: string): boolean {
  return WHOLE.test(written) && !Number.isSafeInteger(Number(written));
}
