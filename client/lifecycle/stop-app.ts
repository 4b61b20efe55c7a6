// Stops an app, for every command that does so: it becomes not ready, then the pre_stop hooks run, then SIGTERM,
// SIGKILL at the deadline, and the post_stop hooks when it is gone.
import { formatDuration } from "../../shared/duration.ts";
import type { Phase } from "../hooks/hook-files.ts";

/** The app that should stop. */
export interface Stoppable {
  /** Makes the app say that it is not ready. */
  drain(): void | Promise<void>;
  /**
   * Asks the app to end its runs. Runs that continue after the grace period get their signal. Resolves when they have
   * ended.
   */
  endRuns(graceMs: number): void | Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Resumes the app if it is suspended. */
  wake(): void;
  /** Resolves to whether its process is gone within the time. */
  goneWithin(ms: number): Promise<boolean>;
  /** Ends it with SIGKILL, and resolves when its process is gone. */
  kill(): Promise<unknown>;
}

/** How the app is stopped. */
export interface StopOptions {
  /** Runs the hooks of a phase. A hook that fails is reported there and does not keep the app alive. */
  runHooks: (phase: Phase) => Promise<unknown>;
  /** Reports something about the app to the user: the words that follow its name. */
  tell: (sentence: string) => void;
  /** The signal that asks it to end. */
  signal: NodeJS.Signals;
  /** When it is killed. The time of the pre_stop hooks does not count. */
  timeoutMs: number;
  /** How much of that time has already passed. Default: none. */
  passedMs?: number;
}

/** How long a person waits without any message. */
const SLOW_MS = 3000;

/** The least time that the app gets, even late: an app that ends at once need not be killed. */
const LEAST_MS = 100;

/**
 * How long runs in flight may continue before they get their signal; at most a third of the remaining time. They may
 * then take as long again to end, and so may the app itself.
 */
const GRACE_MS = 5000;

/** Resolves when the app is gone: to true when it had to be killed. */
export async function stopApp(
  app: Stoppable,
  { runHooks, tell, signal, timeoutMs, passedMs = 0 }: StopOptions,
): Promise<boolean> {
  let began = performance.now() - passedMs;
  await app.drain();
  const hooksBegan = performance.now();
  await runHooks("pre_stop");
  began += performance.now() - hooksBegan;
  const left = () => Math.max(LEAST_MS, timeoutMs - (performance.now() - began));
  await app.endRuns(Math.ceil(Math.min(GRACE_MS, left() / 3)));
  app.signal(signal);
  app.wake();
  const inTime = await goneInTime(app, left(), tell);
  if (!inTime) {
    await app.kill();
    tell(`did not end within ${formatDuration(timeoutMs)}, and was killed`);
  }
  await runHooks("post_stop");
  return !inTime;
}

async function goneInTime(app: Stoppable, timeoutMs: number, tell: StopOptions["tell"]): Promise<boolean> {
  const left = timeoutMs - SLOW_MS;
  if (left <= 0) return app.goneWithin(timeoutMs);
  if (await app.goneWithin(SLOW_MS)) return true;
  tell(`has not ended yet, and is killed in ${formatDuration(left)}`);
  return app.goneWithin(left);
}
