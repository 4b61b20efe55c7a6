// This process's stdout and stderr for commands. If a reader goes away, as `head` does, that is not a failure: the
// command continues, unless it would never end, and its exit code stays true. A full disk is a failure, and the exit
// code is then not 0.
import { hasCode } from "../../shared/has-code.ts";
import { callersEnvironment } from "../find/node-options.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Sink, Streams } from "./streams.ts";
import { visible } from "./visible.ts";

const UNWRITTEN: ExitCode = 74;

/** The streams of this process. From now on, a failed write sets the exit code, unless something else does. */
export function processStreams(): Streams {
  const stderr = new ProcessSink(
    () => process.stderr,
    () => {},
  ); // no stream is left to report it on
  const stdout = new ProcessSink(
    () => process.stdout,
    (error) => {
      stderr.write(`Cannot write to stdout: ${error.message}\n`);
      process.on("exit", (code) => {
        if (code === 0) process.exitCode = UNWRITTEN;
      });
    },
  );
  return { stdout, stderr, env: callersEnvironment(process.env) };
}

class ProcessSink implements Sink {
  /** Opened on first use: a ping that succeeds never writes to stderr, and opening it takes a twentieth of its time. */
  readonly #open: () => NodeJS.WriteStream;
  #opened: NodeJS.WriteStream | undefined;
  readonly #onFailure: (error: Error) => void;
  #failed = false;
  #drained: Promise<void> | undefined;

  constructor(open: () => NodeJS.WriteStream, onFailure: (error: Error) => void) {
    this.#open = open;
    this.#onFailure = onFailure;
  }

  get isTTY(): boolean {
    return this.#stream.isTTY;
  }

  get columns(): number {
    return this.#stream.columns;
  }

  get isGone(): boolean {
    return this.#failed;
  }

  write(text: string): void {
    this.pass(this.isTTY ? visible(text) : text);
  }

  pass(text: string): void {
    if (this.#failed) return;
    try {
      if (!this.#stream.write(text)) this.#drained ??= this.#drain();
    } catch (error) {
      // Node 20 writes to a file at once, and throws.
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  drained(): Promise<void> | undefined {
    return this.#failed ? undefined : this.#drained;
  }

  get #stream(): NodeJS.WriteStream {
    this.#opened ??= this.#open().on("error", (error: Error) => this.#fail(error));
    return this.#opened;
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        for (const event of ["drain", "error", "close"]) this.#stream.off(event, done);
        this.#drained = undefined;
        resolve();
      };
      for (const event of ["drain", "error", "close"]) this.#stream.on(event, done);
    });
  }

  #fail(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    if (!hasCode(error, "EPIPE")) this.#onFailure(error);
  }
}
