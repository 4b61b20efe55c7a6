// What a person, or with --json a program, sees of a run: its output as it comes, its progress, its result.
import { inspect } from "node:util";
import type { CallResult, RunOutput, RunProgress } from "../../shared/protocol.ts";
import type { Streams } from "./streams.ts";

/** Shows one run. */
export class RunDisplay {
  readonly #streams: Streams;
  readonly #json: boolean;
  #progressShown = false;

  constructor(streams: Streams, json: boolean) {
    this.#streams = streams;
    this.#json = json;
  }

  /** The task's stdout goes to stdout, its stderr to stderr, and what was dropped is said on stderr. */
  output(output: RunOutput): void {
    if (this.#json) return this.#line({ event: "output", ...output });
    this.endProgress();
    if (output.dropped) this.#streams.stderr.write(`… ${output.dropped.lines.toLocaleString("en")} lines dropped\n`);
    if (output.text !== undefined) this.#streams[output.stream ?? "stdout"].write(output.text);
  }

  /** On a terminal the line is written over by the next one. */
  progress(progress: RunProgress): void {
    if (this.#json) return this.#line({ event: "progress", ...progress });
    const { stderr, env } = this.#streams;
    const text = progressText(progress);
    if (!stderr.isTTY || env.TERM === "dumb") return void stderr.write(`${text}\n`);
    stderr.write(`\r\u001b[K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
    this.#progressShown = true;
  }

  /** Leaves the last progress where it is and goes on below it. */
  endProgress(): void {
    if (this.#progressShown) this.#streams.stderr.write("\n");
    this.#progressShown = false;
  }

  /** The task returned. `undefined` prints nothing. */
  result({ run, text }: CallResult, value: unknown): void {
    if (this.#json) return this.#line({ event: "result", run, outcome: "returned", value: jsonValue(value) });
    this.endProgress();
    if (text !== undefined) this.#print(text);
    else if (value !== undefined) this.#print(valueText(value, this.#hasColors()));
  }

  /** The task returned something that can only be looked at. */
  looks(run: string, text: string): void {
    if (this.#json) return this.#line({ event: "result", run, outcome: "returned", text });
    this.endProgress();
    this.#print(text);
  }

  #print(text: string): void {
    this.#streams.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
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
  return message === undefined ? count : `${count} ${message}`;
}

function valueText(value: unknown, colors: boolean): string {
  if (typeof value === "string") return value;
  return inspect(value, { depth: 10, colors, maxArrayLength: 1000, maxStringLength: 100_000 });
}

/** What JSON makes of a value that is not plain: as JSON.stringify does, with what it cannot do at all as it looks. */
function jsonValue(value: unknown): unknown {
  const seen: object[] = [];
  return JSON.parse(
    JSON.stringify(value ?? null, function (this: object, _key, item: unknown) {
      while (seen.length > 0 && seen.at(-1) !== this) seen.pop();
      if (typeof item === "bigint") return String(item);
      if (item instanceof Map) return [...item] as unknown[];
      if (item instanceof Set) return [...item] as unknown[];
      if (item instanceof Error) return { name: item.name, message: item.message };
      if (ArrayBuffer.isView(item)) return Array.from(item as Uint8Array);
      if (typeof item === "object" && item !== null) {
        if (seen.includes(item)) return "[Circular]";
        seen.push(item);
      }
      return item;
    }),
  );
}
