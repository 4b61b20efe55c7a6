// Prints while the prompt waits for input.
import { clearScreenDown, cursorTo, moveCursor } from "node:readline";
import type { REPLServer } from "node:repl";

/** Prints the text where the prompt is, and below it the prompt again with what is typed so far. */
export function showAbovePrompt(server: REPLServer, text: string): void {
  const { output, terminal } = server;
  if (terminal) {
    moveCursor(output, 0, -server.getCursorPos().rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    // The rows that the repl's input took are gone, so its own count is reset.
    Reflect.set(server, "prevRows", 0);
  }
  output.write(text.endsWith("\n") ? text : `${text}\n`);
  if (terminal) server.prompt(true);
}
