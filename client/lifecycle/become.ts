// Makes this process another program: the same process to whoever has started it, with nothing of the old one in memory.
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";

/** Node's own, from 22.15 and 23.11 on, and not on Windows. */
type Execve = (file: string, words: readonly string[], env: Environment) => never;

/**
 * Becomes a program beside the bundle that this is part of (build.mjs). Returns, with nothing changed, where Node cannot.
 * A descriptor above 2 does not survive it.
 */
export function become(program: string, env: Environment): void {
  const { execve } = process as { execve?: Execve };
  if (!execve) return;
  const words = [process.argv0, ...process.execArgv, path.join(__dirname, program)];
  try {
    execve.call(process, process.execPath, words, env);
  } catch {
    // Node's permission model forbids it: the caller goes on in this process.
  }
}
