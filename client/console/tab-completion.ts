// Completes the end of the line when Tab is pressed, by asking the app. The app is not asked inside strings and
// comments.
import type { REPLServer } from "node:repl";
import type { ConsoleCompleteResult } from "../../shared/messages/console-messages.ts";
import { within } from "../../shared/within.ts";
import { isInText } from "./is-in-text.ts";
import { COMPLETION_LIMIT_MS } from "../wire/limits.ts";

/** The callback by which the repl receives an answer: the completions, and the end of the line that they complete. */
export type Completed = (error: null, result: [string[], string]) => void;

/** Completes what is typed into one repl. */
export class TabCompletion {
  /** The earlier lines of the source that is being typed. */
  begun = "";
  readonly #server: REPLServer;
  readonly #ask: (line: string) => Promise<ConsoleCompleteResult>;

  constructor(server: REPLServer, ask: (line: string) => Promise<ConsoleCompleteResult>) {
    this.#server = server;
    this.#ask = ask;
    // This method is the only sign that the repl discards earlier lines, as after Ctrl-C.
    const clear = server.clearBufferedCommand.bind(server);
    server.clearBufferedCommand = () => {
      this.begun = "";
      clear();
    };
  }

  /** Answers with the possible completions of the end of the line. */
  async complete(typed: string, done: Completed): Promise<void> {
    const line = this.#withoutTabs(typed);
    const { completions, fragment } = this.#command(line) ?? (await this.#members(line));
    // Characters that were removed from the line are still on the screen.
    if (line !== typed) this.#server.prompt(true);
    done(null, [completions, fragment]);
  }

  #command(line: string): ConsoleCompleteResult | undefined {
    const fragment = /^\s*(\.\w*)$/.exec(line)?.[1];
    if (fragment === undefined) return undefined;
    const names = Object.keys(this.#server.commands).map((name) => `.${name}`);
    return { completions: names.filter((name) => name.startsWith(fragment)), fragment };
  }

  async #members(line: string): Promise<ConsoleCompleteResult> {
    const nothing = { completions: [], fragment: line };
    if (isInText(this.begun + line)) return nothing;
    // A completion that fails or comes too late counts as empty, because Tab cannot show an error.
    const asked = this.#ask(line).catch(() => undefined);
    return (await within(COMPLETION_LIMIT_MS, asked)) ?? nothing;
  }

  /** If two Tabs arrive together, the line editor treats the first as pasted text and inserts it into the line. */
  #withoutTabs(typed: string): string {
    if (!/[\p{ID_Continue}$.)\]]\t+$/u.test(typed)) return typed;
    const line = typed.trimEnd();
    const { cursor, line: whole } = this.#server;
    const shorter = { cursor: cursor - (typed.length - line.length), line: line + whole.slice(cursor) };
    // The types call both properties read-only, but the repl's own completion assigns them.
    Object.assign(this.#server, shorter);
    return line;
  }
}
