// Shows a run to a person, or with --json to a program: its output as it comes, its progress, its result.
import { inspect } from "node:util";
import type { CallResult, RunOutput, RunProgress } from "../../shared/messages/messages.ts";
import { bounded } from "../../shared/bounded-value.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { jsonValue } from "./json-value.ts";
import { droppedText, MissingOutput } from "./missing-output.ts";
import { pass, type Sink, type Streams } from "./streams.ts";
import { coloured, visible } from "./visible.ts";

/** How much of a value is shown. */
const LOOKS = { depth: 10, maxArrayLength: 1000, maxStringLength: 100_000 };

const ERASE_LINE = "\r\u001b[K";

/** Shows one run. */
export class RunDisplay {
  readonly #streams: Streams;
  readonly #json: boolean;
  /** Write what the task prints and returns unchanged, even to a terminal. */
  readonly #raw: boolean;
  readonly #missing = new MissingOutput();
  #progressShown = false;

  constructor(
    streams: Streams,
    { json = false, raw = false }: { json?: boolean | undefined; raw?: boolean | undefined },
  ) {
    this.#streams = streams;
    this.#json = json;
    this.#raw = raw;
  }

  /** Writes the task's stdout to stdout and its stderr to stderr; a note about dropped output goes to stderr. */
  output(output: RunOutput): void {
    this.#missing.add(output);
    if (this.#json) return this.#line({ event: "output", ...output });
    const { dropped, text, stream = "stdout" } = output;
    if (dropped) this.#write("stderr", `${droppedText(dropped)}\n`);
    if (text !== undefined) this.#write(stream, text);
  }

  /** On a terminal, the next line replaces this one. */
  progress(progress: RunProgress): void {
    if (this.#json) return this.#line({ event: "progress", ...progress });
    const { stderr, env } = this.#streams;
    const text = progressText(progress);
    if (!stderr.isTTY || env.TERM === "dumb") return void stderr.write(`${text}\n`);
    pass(stderr, `${ERASE_LINE}${visible(text).slice(0, (stderr.columns || 80) - 1)}`);
    this.#progressShown = true;
  }

  /** Prints a message of remsh, below the progress and below the `^C` that a terminal shows. */
  note(sentence: string): void {
    this.endTyped();
    this.#streams.stderr.write(`${sentence}\n`);
  }

  /**
   * Keeps the line with the `^C` that a terminal shows, and the last progress before it, and continues on the next
   * line.
   */
  endTyped(): void {
    const { stderr } = this.#streams;
    if (stderr.isTTY) stderr.write("\n");
    this.#progressShown = false;
  }

  /** While a reader is behind: resolves when it can take more. */
  drained(): Promise<void> | undefined {
    return this.#streams.stdout.drained?.() ?? this.#streams.stderr.drained?.();
  }

  /** Keeps the line with the last progress, and continues on the next line. */
  endProgress(): void {
    if (this.#progressShown) this.#streams.stderr.write("\n");
    this.#progressShown = false;
  }

  /**
   * The task returned. `undefined` prints nothing.
   *
   * @throws RangeError when the value is too large to be written.
   */
  result({ run, text }: CallResult, value: unknown): void {
    if (this.#json) return this.#resultLine({ run, ...(value === undefined ? {} : { value: jsonValue(value) }) });
    this.endProgress();
    if (text !== undefined) this.#print(text);
    else if (value !== undefined) this.#value(value);
  }

  /** The task returned a value that could not be sent, only shown. */
  looks(run: string, text: string): void {
    if (this.#json) return this.#resultLine({ run, text });
    this.endProgress();
    this.#print(text);
  }

  /** The task ended its own process with success. */
  ended(run: string, sentence: string): void {
    if (this.#json) return this.#line({ event: "result", run, outcome: "ended" });
    this.endProgress();
    this.#streams.stderr.write(`${sentence}\n`);
  }

  /**
   * Called at the end: reports what is missing from stdout. Returns the exit code; if the run failed, that is the
   * run's.
   */
  end(exitCode: number): number {
    return this.#missing.exitCode(exitCode, this.#streams);
  }

  /** Progress is temporary: on the same terminal, printed text replaces it. */
  #write(stream: "stdout" | "stderr", text: string): void {
    const { [stream]: sink, stderr } = this.#streams;
    if (this.#progressShown && sink.isTTY) {
      pass(stderr, ERASE_LINE);
      this.#progressShown = false;
    }
    this.#show(sink, text);
  }

  #show(sink: Sink, text: string): void {
    if (this.#raw) pass(sink, text);
    else sink.write(text);
  }

  #print(text: string): void {
    this.#show(this.#streams.stdout, withNewline(text));
  }

  /** Prints what inspect shows of a value; a string is printed as it is. */
  #value(value: unknown): void {
    if (typeof value === "string") return this.#print(value);
    const text = withNewline(look(value, this.#hasColors()));
    pass(this.#streams.stdout, this.#streams.stdout.isTTY && !this.#raw ? coloured(text) : text);
  }

  #resultLine({ run, ...result }: { run: string; value?: unknown; text?: string }): void {
    this.#line({ event: "result", run, outcome: "returned", ...result, ...defined({ dropped: this.#missing.sum }) });
  }

  #line(event: object): void {
    this.#streams.stdout.write(`${JSON.stringify(event)}\n`);
  }

  #hasColors(): boolean {
    const { stdout, env } = this.#streams;
    return stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  }
}

/** What inspect shows. If inspect fails on an error, as on one whose name is an object, its JSON. */
function look(value: unknown, colors: boolean): string {
  try {
    // A result is read once and nothing waits for it, so it may be long.
    const { depth } = bounded(value, { depth: LOOKS.depth, items: LOOKS.maxArrayLength, parts: 200_000 });
    return inspect(value, { ...LOOKS, depth, colors });
  } catch {
    return JSON.stringify(jsonValue(value));
  }
}

function progressText({ done, total, message }: RunProgress): string {
  const count = total === undefined ? String(done) : `${done}/${total}`;
  // On one line, even if the task's text has several: the next progress replaces that line.
  return message === undefined ? count : `${count} ${message.replaceAll(/\s+/g, " ")}`;
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
