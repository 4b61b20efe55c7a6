// Passes typed or pasted lines from the terminal to the line editor, one at a time. While a line is evaluated the next
// ones wait, so that each appears at its own prompt, followed by its result.
import { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";
import { isCutLine } from "./cut-line.ts";

/** Keys that are delivered at once: Ctrl-C and Ctrl-Z. */
const URGENT = /[\u0003\u001a]/;

/** After a cut line, a paste counts as over when nothing has arrived for this long. */
const PASTE_PAUSE_MS = 200;

/** The terminal's keys, as the stream that Node's line editor reads. */
export class TypedInput extends Readable {
  readonly isTTY = true;
  readonly #terminal: ReadStream;
  readonly #onCut: () => void;
  readonly #decoder = new StringDecoder();
  #waiting = "";
  #isHeld = false;
  #isDelivering = false;
  #hasEnded = false;
  #cutPaste: NodeJS.Timeout | undefined;

  /** `onCut` is called when the terminal has cut a line. That line and the lines pasted after it are not delivered. */
  constructor(terminal: ReadStream, onCut: () => void) {
    super();
    this.#terminal = terminal;
    this.#onCut = onCut;
    terminal.on("data", (chunk: Buffer) => this.#take(this.#decoder.write(chunk)));
    terminal.on("error", (error) => this.destroy(error));
    terminal.on("end", () => {
      this.#hasEnded = true;
      this.#deliver();
    });
  }

  /** From now on, lines wait. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Delivers the lines that have waited, and from now on all others. */
  release(): void {
    this.#isHeld = false;
    this.#deliver();
  }

  /** Discards the lines that wait; returns how many there were. */
  forget(): number {
    const lines = this.#waiting.split(/\r\n?|\n/).filter((line) => line !== "").length;
    this.#waiting = "";
    return lines;
  }

  /** A terminal's method: without it the line editor would treat this stream as a pipe. */
  setRawMode(mode: boolean): this {
    this.#terminal.setRawMode(mode);
    return this;
  }

  /**
   * Stops reading the terminal, which would keep the process alive. Until then it is never paused, so that Ctrl-C is
   * always noticed.
   */
  close(): void {
    clearTimeout(this.#cutPaste);
    this.#terminal.pause();
  }

  override resume(): this {
    super.resume();
    // The line editor that resumes is not ready for the next key yet.
    setImmediate(() => this.#deliver());
    return this;
  }

  override _read(): void {
    // Nothing to do: keys are delivered as they come, or wait here.
  }

  #take(text: string): void {
    if (this.#cutPaste) return void this.#cutPaste.refresh();
    this.#waiting += text;
    const urgent = this.#isHeld ? URGENT.exec(this.#waiting) : undefined;
    if (!urgent) return this.#deliver();
    const [key] = urgent;
    const later = this.#waiting.slice(urgent.index + 1);
    this.#waiting = this.#waiting.slice(0, urgent.index);
    this.emit("data", key);
    this.#take(later);
  }

  /**
   * Not with `push`, which may deliver later: only when this line has been delivered is it known whether the next one
   * waits.
   */
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#waiting !== "" && !this.#isHeld && !this.isPaused()) {
      const line = /^[^\r\n]*(?:\r\n|\r|\n)?/.exec(this.#waiting)?.[0] ?? "";
      this.#waiting = this.#waiting.slice(line.length);
      if (!this.#terminal.isRaw && isCutLine(line.trimEnd())) this.#cut();
      else this.emit("data", line);
    }
    this.#isDelivering = false;
    if (this.#hasEnded && this.#waiting === "") this.push(null);
  }

  #cut(): void {
    this.#waiting = "";
    this.#cutPaste = setTimeout(() => {
      this.#cutPaste = undefined;
      this.#onCut();
    }, PASTE_PAUSE_MS);
  }
}
