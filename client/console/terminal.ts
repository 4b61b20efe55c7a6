// An interactive console on this terminal. Node's own repl edits lines and keeps the history; what is typed is
// evaluated elsewhere, never in this process.
import { start, Recoverable, type REPLServer } from "node:repl";
import type {
  ConsoleCompleteResult,
  ConsoleEvaluateResult,
  StartFile,
} from "../../shared/messages/console-messages.ts";
import { messageOf } from "../../shared/message-of.ts";
import { droppedText } from "../terminal/missing-output.ts";
import { coloured, oneLine, visible } from "../terminal/visible.ts";
import { CUT_LINE } from "./cut-line.ts";
import type { ConsoleBackend, Printed } from "./console-backend.ts";
import { isComplete } from "./is-complete.ts";
import { showAbovePrompt } from "./show-above-prompt.ts";
import { TabCompletion, type Completed } from "./tab-completion.ts";
import { TypedInput } from "./typed-input.ts";

/** What makes a {@link Terminal}. */
export interface TerminalOptions {
  backend: ConsoleBackend;
  history: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** Let the terminal obey control characters in what is printed and shown. */
  raw: boolean;
}

/** An open console on this process's terminal. */
export class Terminal {
  /** Resolves when the user has left. */
  readonly left: Promise<void>;
  readonly #server: REPLServer;
  readonly #colors: boolean;
  readonly #raw: boolean;
  /** Resolves when the history has been loaded. */
  readonly #ready: Promise<void>;
  readonly #typed: TypedInput;
  #backend: ConsoleBackend;
  readonly #tab: TabCompletion;
  /** The lines of a loaded file, evaluated one after the other. */
  #waiting: string[] = [];
  #isEvaluating = false;
  #interrupts = 0;
  #hasLeft = false;

  constructor({ backend, history, env, raw }: TerminalOptions) {
    this.#raw = raw;
    const isDumb = env.TERM === "dumb";
    this.#backend = backend;
    this.#colors = !env.NO_COLOR && !isDumb;
    this.#typed = new TypedInput(process.stdin, () => this.#refuseCutLine());
    this.#server = start({
      input: this.#typed,
      output: process.stdout,
      prompt: "", // begin sets it
      terminal: !isDumb,
      preview: false, // it would evaluate unfinished input in the app
      ignoreUndefined: true,
      useGlobal: true, // nothing is evaluated here, so a separate context would only cost time
      historySize: 1000,
      writer: (text: unknown) => String(text),
      // eslint-disable-next-line max-params -- the repl's own signature
      eval: (source, _context, _file, done) => this.#take(source, done),
      completer: (line: string, done: Completed) => void this.#tab.complete(line, done),
    } as Parameters<typeof start>[0]); // the types know neither `historySize` nor a completer that answers later
    this.left = new Promise((resolve) => this.#server.once("exit", resolve));
    void this.left.then(() => {
      this.#hasLeft = true;
      this.#typed.close();
    });
    this.#ready = this.#loadHistory(history);
    this.#tab = new TabCompletion(this.#server, (line) => this.#complete(line));
    this.#defineCommands();
    this.#listenToInterrupts();
  }

  /** Shows what evaluated code prints. It appears above the prompt, if there is one. */
  print({ text, dropped }: Printed): void {
    if (dropped) this.say(droppedText(dropped));
    if (text !== undefined) this.#show(this.#raw ? text : visible(text));
  }

  /** Prints a sentence of the console itself. */
  say(sentence: string): void {
    this.#show(`${visible(sentence)}\n`);
  }

  /** Evaluates the app's start file, if there is one, then shows the prompt. */
  async begin(prompt: string, startFile: StartFile | undefined): Promise<void> {
    await Promise.race([this.#ready, this.left]);
    this.#server.setPrompt(prompt);
    if (this.#isEvaluating) return;
    if (startFile !== undefined) await this.#start(startFile);
    if (!this.#hasLeft) this.#server.displayPrompt(true);
    this.#typed.release();
  }

  /** Continues with another backend after a reconnection. */
  replace(backend: ConsoleBackend): void {
    this.#backend = backend;
  }

  /** Leaves the console. */
  close(): void {
    this.#hasLeft = true;
    this.#server.close();
  }

  #take(source: string, done: (error: Error | null, result?: unknown) => void): void {
    if (source.trim() === "") return done(null);
    if (!isComplete(source)) {
      this.#tab.begun = source;
      return done(new Recoverable(new SyntaxError("Unexpected end of input")));
    }
    // `done` is not called: the repl may already hold the first lines of the next source, and would discard them.
    this.#server.clearBufferedCommand();
    this.#waiting.push(source);
    if (!this.#isEvaluating) void this.#evaluateWaiting();
  }

  /** If a history cannot be loaded, the repl says so, and the console opens without it. */
  #loadHistory(history: string | undefined): Promise<void> {
    if (history === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#server.setupHistory(history, () => resolve()));
  }

  async #start(startFile: StartFile): Promise<void> {
    const { file } = startFile;
    if ("problem" in startFile) return this.say(`Cannot evaluate "${file}": ${startFile.problem}`);
    this.#isEvaluating = true;
    this.#typed.hold();
    const text = await this.#backend.evaluate(startFile.source, this.#display).then(
      (result) => (result.outcome === "returned" ? undefined : result.text),
      (error: unknown) => messageOf(error),
    );
    this.#interrupts = 0;
    this.#isEvaluating = false;
    if (text !== undefined && !this.#hasLeft) this.#show(`${file}: ${this.#looks(text)}\n`);
  }

  async #evaluateWaiting(): Promise<void> {
    this.#isEvaluating = true;
    this.#typed.hold();
    for (let source = this.#waiting.shift(); source !== undefined; source = this.#waiting.shift()) {
      const text = await this.#evaluate(source);
      this.#interrupts = 0;
      // A prompt would take over the terminal again.
      if (this.#hasLeft) return;
      this.#server.output.write(`${this.#looks(text)}\n`);
    }
    this.#isEvaluating = false;
    this.#server.displayPrompt();
    this.#typed.release();
  }

  async #evaluate(source: string): Promise<string> {
    try {
      const result = await this.#backend.evaluate(source, this.#display);
      return `${result.text}${hint(result)}`;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** The text of a value: only the app's inspect may colour it. */
  #looks(text: string): string {
    return this.#raw ? text : coloured(text);
  }

  async #complete(line: string): Promise<ConsoleCompleteResult> {
    const { fragment, completions } = await this.#backend.complete(line);
    // Names with characters that a terminal would obey are left out: they cannot be typed.
    return { fragment, completions: completions.filter((name) => oneLine(name) === name) };
  }

  #refuseCutLine(): void {
    this.#server.clearBufferedCommand();
    this.say(CUT_LINE);
    this.#server.displayPrompt();
  }

  #defineCommands(): void {
    this.#server.defineCommand("more", {
      help: "Show the last value again, less abridged",
      action: () => void this.#more(),
    });
  }

  async #more(): Promise<void> {
    this.#typed.hold();
    try {
      const { text, more } = await this.#backend.more(this.#display);
      this.#server.output.write(`${this.#looks(text)}${hint({ more })}\n`);
    } catch (error) {
      this.#server.output.write(`${visible(messageOf(error))}\n`);
    }
    this.#server.displayPrompt();
    this.#typed.release();
  }

  /** Ctrl-C interrupts the evaluation under way; without one, it does what it does in Node's own repl. */
  #listenToInterrupts(): void {
    const [whenIdle] = this.#server.listeners("SIGINT");
    this.#server.removeAllListeners("SIGINT");
    const interrupt = () => {
      if (this.#isEvaluating) void this.#interrupt();
      else if (whenIdle) Reflect.apply(whenIdle, this.#server, []);
    };
    this.#server.on("SIGINT", interrupt);
    // Without line editing, the terminal turns Ctrl-C into a signal.
    process.on("SIGINT", interrupt);
    void this.left.then(() => process.off("SIGINT", interrupt));
  }

  async #interrupt(): Promise<void> {
    this.#dropTypedAhead();
    this.#interrupts++;
    if (this.#interrupts > 1) {
      this.say("Left the console; what it was evaluating may go on in the app");
      return this.close();
    }
    try {
      await this.#backend.interrupt();
    } catch (error) {
      if (!this.#hasLeft) this.say(`${messageOf(error)}. Ctrl-C again leaves it`);
    }
  }

  /** Discards lines typed ahead, as a shell does after an interrupt. */
  #dropTypedAhead(): void {
    const dropped = this.#waiting.splice(0).length + this.#typed.forget();
    this.#server.clearBufferedCommand();
    // `prevRows` is the repl's own count of the rows that its input takes.
    Object.assign(this.#server, { line: "", cursor: 0, prevRows: 0 });
    if (dropped > 0) this.say(`What was typed ahead is not evaluated (${dropped} ${dropped === 1 ? "line" : "lines"})`);
  }

  #show(text: string): void {
    if (this.#isEvaluating) this.#server.output.write(text);
    else showAbovePrompt(this.#server, text);
  }

  get #display(): { columns: number; colors: boolean } {
    return { columns: process.stdout.columns || 80, colors: this.#colors };
  }
}

function hint({ more }: Pick<ConsoleEvaluateResult, "more">): string {
  return more ? "\n(.more shows more)" : "";
}
