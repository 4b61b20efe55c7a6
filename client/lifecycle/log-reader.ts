// Follows a log by its name, as `tail -F` does: if the file was renamed or removed, it continues with the next file of
// that name.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { hasCode } from "../../shared/has-code.ts";

/** How much is read at once. */
const MOST_BYTES = 1024 * 1024;

/** Reads what was added since the last read. */
export class LogReader {
  readonly #file: string;
  #log: OpenLog;

  /**
   * Begins at most 1 MiB before the end, in the file that had the name before if `renamed` is given. @throws the error
   * of the file system when the file cannot be read.
   */
  constructor(file: string, renamed = file) {
    this.#file = file;
    this.#log = new OpenLog(renamed);
    this.#log.skipToLast(MOST_BYTES);
  }

  /**
   * The next piece, up to 1 MiB; empty if nothing was added. A file that has replaced the old one is read from its
   * beginning.
   */
  read(): string {
    // Checked first: if the old file is read to its end after that, nothing of it is missed.
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
      if (hasCode(error, "ENOENT")) return ""; // it is gone again; a new file will follow
      throw error;
    }
    this.#log.close();
    this.#log = next;
    return next.read();
  }
}

/** One file, independent of its present name. No other file has its inode while it is open. */
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
    // The file was emptied: all its content is new.
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
