// Makes this process another program: the same process to whoever has started it, with nothing of the old one in memory. That is
// 4 MiB less of its own (9 instead of 13) and 9 MiB less resident (46 instead of 55, Node 24) for as long as the app runs.
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";
import { isExecutable } from "../project/file-access.ts";

/** Node's own, from 22.15 and 23.11 on, and not on Windows. */
type Execve = (file: string, words: readonly string[], env: Environment) => never;

/** What every Linux takes, of words and variables together: 128 KiB, and some room. A single one may have as much. */
const MAX_BYTES = 100 * 1024;

/**
 * Becomes a program beside the bundle that this is part of (build.mjs). Returns, with nothing changed, where Node or the
 * system cannot: the caller goes on in this process. A descriptor above 2 does not survive it.
 */
export function replaceProcess(program: string, env: Environment): void {
  const { execve } = process as { execve?: Execve };
  if (!execve) return;
  const words = [process.argv0, ...process.execArgv, path.join(__dirname, program)];
  // What the system refuses is no exception: it ends this process with a core dump. So it is not asked in vain, as after an
  // upgrade that has removed this Node.
  if (bytesOf(words, env) > MAX_BYTES || !isExecutable(process.execPath)) return;
  try {
    execve.call(process, process.execPath, words, env);
  } catch {
    // Node's permission model forbids it, which alone is an exception.
  }
}

/** As the system counts them: each with its end and its address. */
function bytesOf(words: readonly string[], env: Environment): number {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [...words, ...variables].reduce((sum, text) => sum + Buffer.byteLength(text) + 9, 0);
}
