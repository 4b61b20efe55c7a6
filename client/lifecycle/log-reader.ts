// Reads a log that goes on by its name, as `tail -F` does: where it was renamed or removed, the next file of that name.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { hasCode } from "../../shared/has-code.ts";

/** As much as is read at once. */
const MOST_BYTES = 1024 * 1024;

/** Reads what has come since it read last. */
export class LogReader {
  readonly #file: string;
  #log: OpenLog;

  /** Begins at most a MiB before the end. @throws the error of the file system when it cannot be read. */
  constructor(file: string) {
    this.#file = file;
    this.#log = new OpenLog(file);
    this.#log.skipToLast(MOST_BYTES);
  }

  /** The next piece, up to a MiB; empty when nothing has come. A file that has taken the name is read from its beginning. */
  read(): string {
    // Looked at first: who finds the old file at its end after that has all of it.
    const isReplaced = this.#isReplaced();
    const text = this.#log.read();
    return text === "" && isReplaced ? this.#readNext() : text;
  }

  close(): void {
    this.#log.close();
  }

  #isReplaced(): boolean {
    const named = statSync(this.#file, { throwIfNoEntry: false });
    return named !== undefined && named.ino !== this.#log.inode;
  }

  #readNext(): string {
    let next: OpenLog;
    try {
      next = new OpenLog(this.#file);
    } catch (error) {
      if (hasCode(error, "ENOENT")) return ""; // gone again: there will be another
      throw error;
    }
    this.#log.close();
    this.#log = next;
    return next.read();
  }
}

/** One file, whatever its name is by now. While it is open no other has its inode. */
class OpenLog {
  readonly inode: number;
  readonly #descriptor: number;
  readonly #decoder = new StringDecoder("utf8");
  #position = 0;

  constructor(file: string) {
    this.#descriptor = openSync(file, "r");
    this.inode = fstatSync(this.#descriptor).ino;
  }

  skipToLast(bytes: number): void {
    this.#position = Math.max(0, fstatSync(this.#descriptor).size - bytes);
  }

  read(): string {
    const { size } = fstatSync(this.#descriptor);
    // It was emptied: what is in it now is new.
    if (size < this.#position) this.#position = 0;
    const buffer = Buffer.alloc(Math.min(size - this.#position, MOST_BYTES));
    const count = readSync(this.#descriptor, buffer, 0, buffer.length, this.#position);
    this.#position += count;
    return this.#decoder.write(buffer.subarray(0, count));
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
