// Reports problems with the agent as process warnings, which an app can filter and log.

/** Emits a warning. It is printed on the app's stderr unless the app says otherwise. */
export function warn(message: string): void {
  process.emitWarning(message, { type: "RemshWarning", code: "REMSH_UNAVAILABLE" });
}
