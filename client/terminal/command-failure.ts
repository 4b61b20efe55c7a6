// A command that failed for a reason which has an exit code of its own: a hook's, an app's, a configuration's.
import { hasCode } from "../../shared/has-code.ts";

const NOT_PERMITTED = ["EACCES", "EPERM", "EROFS"];

/** Told as one sentence, without a stack. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What the system refuses, as a file that this user may not read: exit code 77 or 78. Undefined for any other error. */
export function refusedBySystem(error: unknown, action: string): CommandFailure | undefined {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return undefined;
  return new CommandFailure(`Cannot ${action}: ${error.message}`, refusalExitCode(error));
}

/** Of what the system refuses. */
export function refusalExitCode(error: unknown): 77 | 78 {
  return NOT_PERMITTED.some((code) => hasCode(error, code)) ? 77 : 78;
}

/** What package.json says, or what lies in the app's folder, cannot be used: exit code 78. */
export function badConfiguration(message: string): CommandFailure {
  return new CommandFailure(message, 78);
}
