// A command that failed for a reason which has an exit code of its own: a hook's, an app's, a configuration's.

/** Told as one sentence, without a stack. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What package.json says, or what lies in the app's folder, cannot be used: exit code 78. */
export function badConfiguration(message: string): CommandFailure {
  return new CommandFailure(message, 78);
}
