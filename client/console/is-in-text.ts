// Whether what was typed ends inside a string, a template's text, a regular expression or a comment: there Tab has nothing
// to complete.
import { tokenizer, type Comment } from "acorn";

/** True where the next character would be text and no code. */
export function isInText(source: string): boolean {
  const comments: Comment[] = [];
  try {
    Array.from(tokenizer(source, { ecmaVersion: "latest", allowHashBang: true, onComment: comments }));
    return comments.some(({ type, end }) => type === "Line" && end === source.length);
  } catch (error) {
    return error instanceof SyntaxError && /^Unterminated/.test(error.message);
  }
}
