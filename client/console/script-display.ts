// Shows a script's evaluations to a person, or with --json to a program: their output, their values, and how one
// failed.
import type { ConsoleEvaluateResult } from "../../shared/messages/console-messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { EXIT_CODE_OF, type ExitCode } from "../terminal/exit-codes.ts";
import { droppedText, MissingOutput } from "../terminal/missing-output.ts";
import { pass, type Sink, type Streams } from "../terminal/streams.ts";
import type { Printed } from "./console-backend.ts";

type Failed = Exclude<ConsoleEvaluateResult["outcome"], "returned">;

/** For each kind of failure, the exit code and the side at fault, as with `rpc`. */
const FAILURES = {
  threw: { exitCode: 1, family: { family: "task" } },
  interrupted: { exitCode: 130, family: { family: "rpc", code: "CANCELLED" } },
  "timed-out": { exitCode: 75, family: { family: "rpc", code: "TIMEOUT" } },
} as const satisfies Record<Failed, { exitCode: ExitCode; family: object }>;

/** Shows a script's evaluations. */
export class ScriptDisplay {
  readonly #streams: Streams;
  readonly #json: boolean;
  /** Write what is printed and returned unchanged, even to a terminal. */
  readonly #raw: boolean;
  readonly #missing = new MissingOutput();

  constructor(
    streams: Streams,
    { json = false, raw = false }: { json?: boolean | undefined; raw?: boolean | undefined },
  ) {
    this.#streams = streams;
    this.#json = json;
    this.#raw = raw;
  }

  /** Writes output to the stream that it was printed to; a note about dropped output goes to stderr. */
  printed(printed: Printed): void {
    this.#missing.add(printed);
    const { stream = "stdout", text, dropped } = printed;
    if (this.#json) return this.#line({ event: "output", stream, ...defined({ text, dropped }) });
    if (dropped) this.#streams.stderr.write(`${droppedText(dropped)}\n`);
    if (text !== undefined) this.#show(this.#streams[stream], text);
  }

  /** Shows how an evaluation ended. Returns the exit code of the script, or undefined if the script continues. */
  ended(result: ConsoleEvaluateResult): ExitCode | undefined {
    if (result.outcome === "returned") {
      this.#returned(result);
      return undefined;
    }
    const { exitCode, family } = failureOf(result.outcome, result);
    if (this.#json) this.#line({ event: "error", error: { ...family, ...described(result) }, exitCode });
    else this.#streams.stderr.write(`${result.text}\n`);
    return exitCode;
  }

  /** Called at the end: reports what is missing from stdout, and returns the script's exit code. */
  end(exitCode: number): number {
    return this.#missing.exitCode(exitCode, this.#streams);
  }

  /** Prints a sentence of the command itself. */
  say(sentence: string): void {
    this.#streams.stderr.write(`${sentence}\n`);
  }

  #returned(result: ConsoleEvaluateResult): void {
    const { text, isUndefined } = result;
    if (this.#json) return this.#line({ event: "result", ...result });
    if (!isUndefined) this.#show(this.#streams.stdout, text.endsWith("\n") ? text : `${text}\n`);
  }

  #show(sink: Sink, text: string): void {
    if (this.#raw) pass(sink, text);
    else sink.write(text);
  }

  #line(event: object): void {
    this.#streams.stdout.write(`${JSON.stringify(event)}\n`);
  }
}

function failureOf(outcome: Failed, { code }: ConsoleEvaluateResult): { exitCode: ExitCode; family: object } {
  if (code === undefined || !Object.hasOwn(EXIT_CODE_OF, code)) return FAILURES[outcome];
  return { exitCode: EXIT_CODE_OF[code] || 1, family: { family: "rpc", code } };
}

function described({ outcome, text }: ConsoleEvaluateResult): { message: string; report?: string } {
  if (outcome !== "threw") return { message: text };
  return { message: (text.split("\n")[0] ?? "").replace(/^Uncaught /, ""), report: text };
}
