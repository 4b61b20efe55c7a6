// Makes control characters visible that a terminal would obey. Otherwise a version, a run's name or a property could
// change an operator's screen or clipboard.

/**
 * C0 except tab and newline, a lone carriage return, DEL, C1, line separators, and characters that change the direction
 * of text.
 */
const OBEYED = /\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The escape sequences with which `inspect` colours a value. */
const COLOUR = /(\x1b\[\d{1,3}m)/;

/** The text with `\u001b` instead of an escape character. That is how JSON writes it, so JSON stays JSON. */
export function visible(text: string): string {
  return text.replaceAll(OBEYED, escaped);
}

/** The same on one line, for text in a row of a table. */
export function oneLine(text: string): string {
  return visible(text).replaceAll(/\r?\n/g, "\\n");
}

/** The same for a text that `inspect` has coloured: it keeps its colours. */
export function coloured(text: string): string {
  // The odd parts are those that the expression matched.
  return text
    .split(COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : visible(part)))
    .join("");
}

function escaped(character: string): string {
  if (character === "\r") return "\\r";
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
