// Tells the operator what is wrong with the agent, through the process's own warnings: an app can filter and log them.

/** Emits a warning. It is printed on the app's stderr unless the app says otherwise. */
export function warn(message: string): void {
  process.emitWarning(message, { type: "RemshWarning", code: "REMSH_UNAVAILABLE" });
}
