// The error of a command that failed for a reason with its own exit code: a hook's, an app's, a configuration's.
import { hasCode } from "../../shared/has-code.ts";

const NOT_PERMITTED = ["EACCES", "EPERM", "EROFS"];

/** Reported as one sentence, without a stack. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * The failure when the system refuses an action, such as reading a file: exit code 77 or 78. Undefined for any other
 * error.
 */
export function refusedBySystem(error: unknown, action: string): CommandFailure | undefined {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return undefined;
  return new CommandFailure(`Cannot ${action}: ${error.message}`, refusalExitCode(error));
}

/** The exit code for an error of the system. */
export function refusalExitCode(error: unknown): 77 | 78 {
  return NOT_PERMITTED.some((code) => hasCode(error, code)) ? 77 : 78;
}

/** A fault in package.json or in the app's folder: exit code 78. */
export function badConfiguration(message: string): CommandFailure {
  return new CommandFailure(message, 78);
}
