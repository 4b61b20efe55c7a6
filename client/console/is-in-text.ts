// Decides whether the typed source ends inside a string, a template's text, a regular expression or a comment. Tab
// completes nothing there.
import { tokenizer, type Comment } from "acorn";

/** True if the next character would be text, not code. */
export function isInText(source: string): boolean {
  const comments: Comment[] = [];
  try {
    Array.from(tokenizer(source, { ecmaVersion: "latest", allowHashBang: true, onComment: comments }));
    return comments.some(({ type, end }) => type === "Line" && end === source.length);
  } catch (error) {
    return error instanceof SyntaxError && /^Unterminated/.test(error.message);
  }
}
