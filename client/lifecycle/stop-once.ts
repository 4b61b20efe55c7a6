// Allows one stop of an app at a time. A second stop waits for the first: the hooks run once, and both return when the
// app is gone.
import type { Environment } from "../../shared/addresses.ts";
import { giveBack } from "../processes/lock-holder.ts";
import { lockFile, takeLock, whenGivenBack } from "../processes/process-lock.ts";
import type { KnownProcess } from "../processes/known-process.ts";

/** How the stop is reported and limited. */
export interface StopOnceOptions {
  env: Environment;
  /** Reports something about the app: the words that follow its name. */
  tell: (sentence: string) => void;
  /** Ends the wait for another stop. Default: it lasts as long as the other stop works. */
  stopped?: AbortSignal | undefined;
  /** How long it may wait for another stop, and the error after that. Default: as long as the other stop works. */
  limit?: { ms: number; error: (other: number) => Error } | undefined;
}

/** The outcomes, for processes that wait for this one. */
const KILLED = "killed";
const STOPPED = "stopped";

/**
 * Stops the app unless another command is doing so. If that command is interrupted, this one stops the app. Resolves to
 * true when the app had to be killed.
 *
 * @throws the signal's reason; the limit's error; what `stop` throws.
 */
export async function stopOnce(
  app: KnownProcess,
  { env, tell, stopped, limit }: StopOnceOptions,
  stop: () => Promise<boolean>,
): Promise<boolean> {
  const file = lockFile(env, "stop", [String(app.pid), app.start ?? ""]);
  const isGone = () => app.state === "gone" || app.state === "ended";
  const began = performance.now();
  for (;;) {
    const taken = await takeLock(file);
    // Another stop has ended the app since this one looked at it.
    if (taken === true) return isGone() ? done(file) : await stopUnder(file, stop);
    tell(`is being stopped already, by process ${taken.pid}: waits for that`);
    const left = limit && { ...limit, ms: limit.ms - (performance.now() - began) };
    const outcome = await whenOtherEnds(file, taken.pid, { stopped, limit: left });
    if (outcome !== undefined) return outcome === KILLED;
    if (isGone()) return false;
  }
}

async function whenOtherEnds(
  file: string,
  other: number,
  { stopped, limit }: Pick<StopOnceOptions, "stopped" | "limit">,
): Promise<string | undefined> {
  if (!limit) return whenGivenBack(file, stopped);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(limit.error(other)), Math.max(0, limit.ms));
  try {
    return await whenGivenBack(file, stopped ? AbortSignal.any([stopped, late.signal]) : late.signal);
  } finally {
    clearTimeout(timer);
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
