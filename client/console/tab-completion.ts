// What Tab does in a console: the app says what the end of the line may become, and is not asked where there is only text.
import type { REPLServer } from "node:repl";
import type { ConsoleCompleteResult } from "../../shared/messages/console-messages.ts";
import { within } from "../../shared/within.ts";
import { isInText } from "./is-in-text.ts";
import { COMPLETION_LIMIT_MS } from "../wire/limits.ts";

/** How the repl takes an answer: the completions, and the end of the line that they complete. */
export type Completed = (error: null, result: [string[], string]) => void;

/** Completes what is typed into one repl. */
export class TabCompletion {
  /** The lines before the present one that belong to the same source. */
  begun = "";
  readonly #server: REPLServer;
  readonly #ask: (line: string) => Promise<ConsoleCompleteResult>;

  constructor(server: REPLServer, ask: (line: string) => Promise<ConsoleCompleteResult>) {
    this.#server = server;
    this.#ask = ask;
    // The repl tells of the lines that it forgets, as after Ctrl-C, by this method only.
    const clear = server.clearBufferedCommand.bind(server);
    server.clearBufferedCommand = () => {
      this.begun = "";
      clear();
    };
  }

  /** Answers with what the end of the line may become. */
  async complete(typed: string, done: Completed): Promise<void> {
    const line = this.#withoutTabs(typed);
    const { completions, fragment } = this.#command(line) ?? (await this.#members(line));
    // What was taken out of the line is still on the screen.
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
    // A completion that fails or comes too late is none: Tab has no place for an error.
    const asked = this.#ask(line).catch(() => undefined);
    return (await within(COMPLETION_LIMIT_MS, asked)) ?? nothing;
  }

  /** Of two Tabs that arrive together the line editor takes the first for a pasted one, and puts it into the line. */
  #withoutTabs(typed: string): string {
    if (!/[\p{ID_Continue}$.)\]]\t+$/u.test(typed)) return typed;
    const line = typed.trimEnd();
    const { cursor, line: whole } = this.#server;
    const shorter = { cursor: cursor - (typed.length - line.length), line: line + whole.slice(cursor) };
    // The types call both read-only; the repl's own completion assigns them.
    Object.assign(this.#server, shorter);
    return line;
  }
}
