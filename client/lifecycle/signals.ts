// The signals that `start` gets. Before the app runs they end the hook that does; afterwards they are the app's.
import { constants } from "node:os";
import { CommandFailure } from "../cli/command-failure.ts";

/** Asked to end: the first of these stops the app in order, a second one reaches the app at once. */
const STOPPING = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const;
/** Passed on as they come. SIGUSR1 is not: Node itself starts its inspector by it. */
const PASSED = ["SIGUSR2", "SIGWINCH", "SIGCONT"] as const;

/** Who gets them. */
export interface SignalTarget {
  /** Stops the app in order. */
  stop(signal: NodeJS.Signals): void;
  /** Gives the app the signal at once. */
  pass(signal: NodeJS.Signals): void;
}

/** The signals of this process. */
export interface Signals {
  /** Fires at the first that asks to end, as long as nobody else gets them. */
  stopped: AbortSignal;
  passTo(target: SignalTarget): void;
  ignore(): void;
}

/** Takes this process's signals until `ignore`. */
export function onSignals(): Signals {
  const controller = new AbortController();
  let target: SignalTarget | undefined;
  let asked = false;
  const stop = (signal: NodeJS.Signals) => {
    if (!target) return controller.abort(interrupted(signal));
    if (asked) target.pass(signal);
    else target.stop(signal);
    asked = true;
  };
  const pass = (signal: NodeJS.Signals) => target?.pass(signal);
  for (const signal of STOPPING) process.on(signal, stop);
  for (const signal of PASSED) process.on(signal, pass);
  return {
    stopped: controller.signal,
    passTo: (taker) => (target = taker),
    ignore: () => {
      for (const signal of STOPPING) process.off(signal, stop);
      for (const signal of PASSED) process.off(signal, pass);
    },
  };
}

function interrupted(signal: NodeJS.Signals): CommandFailure {
  return new CommandFailure(`Interrupted by ${signal} before the app was started`, 128 + constants.signals[signal]);
}
