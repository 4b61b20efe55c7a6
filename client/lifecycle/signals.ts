// The signals that `start` gets once the app runs: they are the app's.

/** Asked to end: the first of these stops the app in order, a second one reaches the app at once. */
export const STOPPING = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const;
/** Passed on as they come. SIGUSR1 is not: Node itself starts its inspector by it. */
export const PASSED = ["SIGUSR2", "SIGWINCH", "SIGCONT"] as const;

/** Who gets them. */
export interface SignalTarget {
  /** Stops the app in order. */
  stop(signal: NodeJS.Signals): void;
  /** Gives the app the signal at once. */
  pass(signal: NodeJS.Signals): void;
}

/** Gives this process's signals to the target, until the returned function is called. */
export function passSignals(target: SignalTarget): () => void {
  let asked = false;
  const stop = (signal: NodeJS.Signals) => {
    if (asked) target.pass(signal);
    else target.stop(signal);
    asked = true;
  };
  const pass = (signal: NodeJS.Signals) => target.pass(signal);
  for (const signal of STOPPING) process.on(signal, stop);
  for (const signal of PASSED) process.on(signal, pass);
  return () => {
    for (const signal of STOPPING) process.off(signal, stop);
    for (const signal of PASSED) process.off(signal, pass);
  };
}
