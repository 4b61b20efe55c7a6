// The exit code that a shell reports for a process that a signal ended.

/** 128 and the signal's number. */
export function signalExitCode(signal: NodeJS.Signals | null): number {
  // Loaded here, when it is needed: the supervisor of an app waits without it.
  const { constants } = process.getBuiltinModule("node:os");
  return 128 + constants.signals[signal ?? "SIGKILL"];
}
