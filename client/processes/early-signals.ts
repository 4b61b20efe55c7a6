// The signals that `start` gets before the app runs: they end the hook that does.
import { CommandFailure } from "../terminal/command-failure.ts";
import { signalExitCode } from "./signal-exit-code.ts";
import { interruptedBy, PASSED, STOPPING } from "./signals.ts";

/** The signals of this process. */
export interface EarlySignals {
  /** Fires at the first that asks to end, with a CommandFailure. */
  stopped: AbortSignal;
  /** From now on they are no concern of this. */
  ignore: () => void;
}

/** Takes this process's signals until `ignore`. */
export function takeEarlySignals(): EarlySignals {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals) => controller.abort(interrupted(signal));
  // There is nobody yet to pass the others on to, and left alone some of them would end this process.
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
