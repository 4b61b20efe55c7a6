// Whether what has been typed is a whole: where it ends too early, the next line belongs to it.
import { parse } from "acorn";

/** False when more input could make it right; what is wrong in any case is complete, and the app says what is wrong. */
export function isComplete(source: string): boolean {
  try {
    parse(source, { ecmaVersion: "latest", allowAwaitOutsideFunction: true, allowHashBang: true });
    return true;
  } catch (error) {
    return !(error instanceof SyntaxError) || !endsTooEarly(error, source);
  }
}

function endsTooEarly(error: SyntaxError, source: string): boolean {
  if (/^Unterminated (template|comment)/.test(error.message)) return true;
  // acorn's own property: where it stood when it found that it cannot go on.
  const place = "pos" in error && typeof error.pos === "number" ? error.pos : 0;
  return error.message.startsWith("Unexpected token") && place >= source.trimEnd().length;
}
