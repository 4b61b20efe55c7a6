// One stop of an app at a time: a second one that began meanwhile waits for the first, so that the hooks run once, and both return
// when the app is gone.
import type { Environment } from "../../shared/addresses.ts";
import { giveBack } from "./lock-holder.ts";
import { lockFile, takeLock, whenGivenBack } from "./process-lock.ts";
import type { RunningApp } from "./running-app.ts";

/** What a stop is told by. */
export interface StopOnceOptions {
  env: Environment;
  /** Says something of the app: what comes after its name. */
  tell: (sentence: string) => void;
  /** Ends the waiting. */
  stopped: AbortSignal;
}

/** The outcomes, as those hear them who wait. */
const KILLED = "killed";
const STOPPED = "stopped";

/**
 * Stops the app unless another command does; where that was interrupted, this one does all the same. Resolves to true when the app had to
 * be killed.
 *
 * @throws the signal's reason; what `stop` throws.
 */
export async function stopOnce(
  { address, process }: RunningApp,
  { env, tell, stopped }: StopOnceOptions,
  stop: () => Promise<boolean>,
): Promise<boolean> {
  const file = lockFile(env, "stop", [address.socket]);
  const isGone = () => process.state === "gone" || process.state === "ended";
  for (;;) {
    const taken = await takeLock(file);
    // The one before has done it between our look at the app and now.
    if (taken === true) return isGone() ? done(file) : await stopUnder(file, stop);
    tell(`is being stopped already, by process ${taken.pid}: waits for that`);
    const outcome = await whenGivenBack(file, stopped);
    if (outcome !== undefined) return outcome === KILLED;
    if (isGone()) return false;
  }
}

async function stopUnder(file: string, stop: () => Promise<boolean>): Promise<boolean> {
  let outcome: string | undefined;
  try {
    const killed = await stop();
    outcome = killed ? KILLED : STOPPED;
    return killed;
  } finally {
    giveBack(file, outcome);
  }
}

function done(file: string): false {
  giveBack(file);
  return false;
}
