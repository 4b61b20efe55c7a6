// The signals that `start`, `stop` and `eval` receive before their work is done: they end the running hook and the
// waiting.
import { CommandFailure } from "../terminal/command-failure.ts";
import { signalExitCode } from "../../shared/signal-exit-code.ts";
import { interruptedBy, PASSED, STOPPING } from "./signals.ts";

/** The signals of this process. */
export interface EarlySignals {
  /** Fires at the first signal that asks to end, with a CommandFailure. */
  stopped: AbortSignal;
  /** Stops listening. */
  ignore: () => void;
}

/** Listens for this process's signals until `ignore`. */
export function takeEarlySignals(): EarlySignals {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals) => controller.abort(interrupted(signal));
  // No app can receive the other signals yet, and some of them would end this process.
  const drop = () => {};
  for (const signal of STOPPING) process.on(signal, stop);
  for (const signal of PASSED) process.on(signal, drop);
  return {
    stopped: controller.signal,
    ignore: () => {
      for (const signal of STOPPING) process.off(signal, stop);
      for (const signal of PASSED) process.off(signal, drop);
    },
  };
}

function interrupted(signal: NodeJS.Signals): CommandFailure {
  return new CommandFailure(interruptedBy(signal), signalExitCode(signal));
}
