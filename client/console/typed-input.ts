// What is typed or pasted on its way from the terminal to the line editor, line by line: while one is evaluated the next
// ones wait, so that each is echoed at a prompt of its own, followed by its result.
import { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";
import { isCutLine } from "./cut-line.ts";

/** Keys that wait for nothing: Ctrl-C and Ctrl-Z. */
const URGENT = /[\u0003\u001a]/;

/** A paste whose line was cut is over when nothing has come for so long. */
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

  /** `onCut` hears that the terminal has cut a line, when neither that line nor what was pasted after it was delivered. */
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

  /** From here on lines wait. */
  hold(): void {
    this.#isHeld = true;
  }

  /** The lines that have waited, and those to come, are delivered. */
  release(): void {
    this.#isHeld = false;
    this.#deliver();
  }

  /** Forgets what waits; returns how many lines that were. */
  forget(): number {
    const lines = this.#waiting.split(/\r\n?|\n/).filter((line) => line !== "").length;
    this.#waiting = "";
    return lines;
  }

  /** As of a terminal: without it the line editor would take this for a pipe. */
  setRawMode(mode: boolean): this {
    this.#terminal.setRawMode(mode);
    return this;
  }

  /** Reads the terminal no more: it would keep the process. Until then it is never paused, so that Ctrl-C is heard. */
  close(): void {
    clearTimeout(this.#cutPaste);
    this.#terminal.pause();
  }

  override resume(): this {
    super.resume();
    // The line editor that resumes is not yet ready for the next key.
    setImmediate(() => this.#deliver());
    return this;
  }

  override _read(): void {
    // Everything is delivered at once, or waits here.
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

  /** Not by `push`, which may deliver later: whether the next line waits is known when this one has been taken. */
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
