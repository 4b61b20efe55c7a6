// Decides whether the typed source is complete. If it ends too early, the next line belongs to it.
import { parse } from "acorn";

/**
 * False if more input could make the source valid. Source that is wrong in any case counts as complete: the app then
 * reports the error.
 */
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
  // acorn's own property: the position at which parsing stopped.
  const place = "pos" in error && typeof error.pos === "number" ? error.pos : 0;
  return error.message.startsWith("Unexpected token") && place >= source.trimEnd().length;
}
