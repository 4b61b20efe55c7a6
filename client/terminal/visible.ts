// Makes visible what a terminal would obey rather than show: who names a version, a run or a property decides neither what an
// operator's screen says nor what is in their clipboard.

/** C0 but tab and newline, a lone carriage return, DEL, C1, what separates lines, and what turns the direction of text. */
const OBEYED = /\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The escape sequences by which `inspect` colours a value. */
const COLOUR = /(\x1b\[\d{1,3}m)/;

/** The text with `\u001b` in the place of an escape character: as JSON has it, so that JSON stays what it is. */
export function visible(text: string): string {
  return text.replaceAll(OBEYED, escaped);
}

/** The same on one line: for what stands in a row of its own. */
export function oneLine(text: string): string {
  return visible(text).replaceAll(/\r?\n/g, "\\n");
}

/** The same for a text that `inspect` has coloured: its colours stay. */
export function coloured(text: string): string {
  // The odd parts are what the expression has found.
  return text
    .split(COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : visible(part)))
    .join("");
}

function escaped(character: string): string {
  if (character === "\r") return "\\r";
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
