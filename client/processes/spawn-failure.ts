// A process that the system does not give us, told as one sentence.
import { hasCode } from "../../shared/has-code.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";

/** With fewer processes, open files or more memory it may start when it is tried again; where Node is gone it will not. */
const LACKING = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];
const TRY_AGAIN: ExitCode = 75;
const NOT_STARTABLE: ExitCode = 78;

/** The failure of a spawn, for what was to be done by the process: `start shop`. Undefined for any other error. */
export function spawnFailure(action: string, error: unknown): CommandFailure | undefined {
  if (!(error instanceof Error && "syscall" in error && String(error.syscall).startsWith("spawn"))) return undefined;
  const exitCode = LACKING.some((code) => hasCode(error, code)) ? TRY_AGAIN : NOT_STARTABLE;
  return new CommandFailure(`Cannot ${action}: ${error.message}`, exitCode);
}
