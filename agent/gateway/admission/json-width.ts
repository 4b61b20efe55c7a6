// Counts the values in a JSON text before it is parsed. A few megabytes of `[],[],…` are a million objects, which take
// the app's thread a hundred times longer to make than the text took to arrive.

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/**
 * True when the text holds more than this many values. The count may be wrong for text that is not JSON; such text is
 * refused elsewhere.
 */
export function hasMoreValues(text: string, values: number): boolean {
  // Each value except the first needs a comma, a colon or a bracket before it.
  if (text.length <= values) return false;
  let count = 1;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if ((char === COMMA || char === BRACKET || char === BRACE) && ++count > values) return true;
  }
  return false;
}

/** The index of the quote that ends the string: the first one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
