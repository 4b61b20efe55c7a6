// What a person, or with --json a program, sees of a run: its output as it comes, its progress, its result.
import { inspect } from "node:util";
import type { CallResult, RunOutput, RunProgress } from "../../shared/messages.ts";
import { defined } from "../../shared/protocol.ts";
import { jsonValue } from "./json-value.ts";
import { MissingOutput } from "./missing-output.ts";
import type { Streams } from "./streams.ts";

const ERASE_LINE = "\r\u001b[K";

/** Shows one run. */
export class RunDisplay {
  readonly #streams: Streams;
  readonly #json: boolean;
  readonly #missing = new MissingOutput();
  #progressShown = false;

  constructor(streams: Streams, json: boolean) {
    this.#streams = streams;
    this.#json = json;
  }

  /** The task's stdout goes to stdout, its stderr to stderr, and what was dropped is said on stderr. */
  output(output: RunOutput): void {
    this.#missing.add(output);
    if (this.#json) return this.#line({ event: "output", ...output });
    const { dropped, text, stream = "stdout" } = output;
    if (dropped) this.#write("stderr", `… ${dropped.lines.toLocaleString("en")} lines dropped\n`);
    if (text !== undefined) this.#write(stream, text);
  }

  /** On a terminal the line is written over by the next one. */
  progress(progress: RunProgress): void {
    if (this.#json) return this.#line({ event: "progress", ...progress });
    const { stderr, env } = this.#streams;
    const text = progressText(progress);
    if (!stderr.isTTY || env.TERM === "dumb") return void stderr.write(`${text}\n`);
    stderr.write(`${ERASE_LINE}${text.slice(0, (stderr.columns || 80) - 1)}`);
    this.#progressShown = true;
  }

  /** Says something of our own, below the progress and below the `^C` that a terminal shows. */
  note(sentence: string): void {
    this.endTyped();
    this.#streams.stderr.write(`${sentence}\n`);
  }

  /** Leaves the `^C` that a terminal shows, with the last progress before it, and goes on below. */
  endTyped(): void {
    const { stderr } = this.#streams;
    if (stderr.isTTY) stderr.write("\n");
    this.#progressShown = false;
  }

  /** While a reader of ours is behind: resolves when it can take more. */
  drained(): Promise<void> | undefined {
    return this.#streams.stdout.drained?.() ?? this.#streams.stderr.drained?.();
  }

  /** Leaves the last progress where it is and goes on below it. */
  endProgress(): void {
    if (this.#progressShown) this.#streams.stderr.write("\n");
    this.#progressShown = false;
  }

  /** The task returned. `undefined` prints nothing. */
  result({ run, text }: CallResult, value: unknown): void {
    const sent = value === undefined ? {} : { value: jsonValue(value) };
    if (this.#json) return this.#resultLine({ run, ...sent });
    this.endProgress();
    if (text !== undefined) this.#print(text);
    else if (value !== undefined) this.#print(valueText(value, this.#hasColors()));
  }

  /** The task returned something that can only be looked at. */
  looks(run: string, text: string): void {
    if (this.#json) return this.#resultLine({ run, text });
    this.endProgress();
    this.#print(text);
  }

  /** The task ended its own process, and called that a success. */
  ended(run: string, sentence: string): void {
    if (this.#json) return this.#line({ event: "result", run, outcome: "ended" });
    this.endProgress();
    this.#streams.stderr.write(`${sentence}\n`);
  }

  /** The last word: says what is missing of stdout. Returns the exit code, which is that of the run where it failed. */
  end(exitCode: number): number {
    return this.#missing.exitCode(exitCode, this.#streams);
  }

  /** Progress is for now: on the same terminal what is printed takes its place. */
  #write(stream: "stdout" | "stderr", text: string): void {
    const { [stream]: sink, stderr } = this.#streams;
    if (this.#progressShown && sink.isTTY) {
      stderr.write(ERASE_LINE);
      this.#progressShown = false;
    }
    sink.write(text);
  }

  #print(text: string): void {
    this.#streams.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
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

function progressText({ done, total, message }: RunProgress): string {
  const count = total === undefined ? String(done) : `${done}/${total}`;
  // On one line, whatever the task says: the next one is written over it.
  return message === undefined ? count : `${count} ${message.replaceAll(/\s+/g, " ")}`;
}

function valueText(value: unknown, colors: boolean): string {
  if (typeof value === "string") return value;
  return inspect(value, { depth: 10, colors, maxArrayLength: 1000, maxStringLength: 100_000 });
}
