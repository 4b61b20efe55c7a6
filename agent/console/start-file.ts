// Reads the app's `rel/console.js`: each interactive console evaluates it first, as IEx does with .iex.exs.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import type { StartFile } from "../../shared/messages/console-messages.ts";
import { hasCode } from "../../shared/has-code.ts";
import { writableBy } from "../../shared/writable-by.ts";
import { reasonOf } from "../tasks/thrown.ts";

const FILE = "rel/console.js";

/** A start file only defines names for a console, so it is a few lines long. */
const MAX_BYTES = 256 * 1024;

/** The app's start file; undefined if there is none. A problem with the file does not prevent the console. */
export async function readStartFile(root: string): Promise<StartFile | undefined> {
  try {
    return { file: FILE, source: await read(path.join(root, FILE)) };
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return undefined;
    return { file: FILE, problem: reasonOf(error) };
  }
}

async function read(file: string): Promise<string> {
  // Opening a fifo would wait for a writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    const { mode, size, uid } = stats;
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error("it is no file");
    if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    const own = process.geteuid?.() ?? uid;
    if ((uid !== own && uid !== 0) || writableBy(stats)) throw new Error("others may write it");
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}
