// Reads source from a file or from stdin, for `rpc`, `eval` and `remote`.
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { messageOf } from "../../shared/message-of.ts";
import { UsageError } from "../terminal/failure.ts";

/** The usual name of stdin. */
export const STDIN = "-";

/**
 * The whole file, or with `-` all of stdin, without a byte order mark. @throws UsageError when it cannot be read, or is
 * not text.
 */
export async function readSource(file: string): Promise<string> {
  try {
    const bytes = file === STDIN ? await buffer(process.stdin) : await readFile(file);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const name = file === STDIN ? "stdin" : `"${file}"`;
    const reason = error instanceof TypeError ? "it is not text in UTF-8" : messageOf(error);
    throw new UsageError(`Cannot read ${name}: ${reason}`);
  }
}
