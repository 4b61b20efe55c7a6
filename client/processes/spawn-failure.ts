// Describes in one sentence why the system did not start a process.
import { hasCode } from "../../shared/has-code.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";

/** With fewer processes, fewer open files or more memory, a retry may succeed. If Node is missing, it will not. */
const LACKING = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];
const TRY_AGAIN: ExitCode = 75;
const NOT_STARTABLE: ExitCode = 78;

/** The failure of a spawn; `action` is the purpose of the process: `start shop`. Undefined for any other error. */
export function spawnFailure(action: string, error: unknown): CommandFailure | undefined {
  if (!(error instanceof Error && "syscall" in error && String(error.syscall).startsWith("spawn"))) return undefined;
  const exitCode = LACKING.some((code) => hasCode(error, code)) ? TRY_AGAIN : NOT_STARTABLE;
  return new CommandFailure(`Cannot ${action}: ${error.message}`, exitCode);
}
