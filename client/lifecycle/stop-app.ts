// How an app is stopped, whoever asks for it: not ready first, then the pre_stop hooks, SIGTERM, SIGKILL at the deadline,
// and the post_stop hooks when it is gone.
import { formatDuration } from "../../shared/duration.ts";
import type { Phase } from "../hooks/hook-files.ts";

/** The app that is to be stopped. */
export interface Stoppable {
  /** Lets it say that it is not ready any more. */
  drain(): void | Promise<void>;
  /** Lets its runs end before it does, those that go on after the grace period by their signal; resolves when they have. */
  endRuns(graceMs: number): void | Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Lets it go on where it is suspended. */
  wake(): void;
  /** Resolves to whether its process is gone within the time. */
  goneWithin(ms: number): Promise<boolean>;
  /** Ends it by SIGKILL, and resolves when its process is gone. */
  kill(): Promise<unknown>;
}

/** How it is stopped. */
export interface StopOptions {
  /** Runs the hooks of a phase; those that fail are told there, and do not keep the app alive. */
  runHooks: (phase: Phase) => Promise<unknown>;
  /** Says something of the app to whoever waits: what comes after its name. */
  tell: (sentence: string) => void;
  /** The signal that asks it to end. */
  signal: NodeJS.Signals;
  /** When it is killed; the time that the pre_stop hooks take does not count. */
  timeoutMs: number;
  /** How much of that has passed already. Default: nothing. */
  passedMs?: number;
}

/** Longer than a person waits without a word. */
const SLOW_MS = 3000;

/** However late it is: an app that ends at once need not be killed. */
const LEAST_MS = 100;

/**
 * Runs in flight may go on for this long before they get their signal, and no longer than a third of the time that is left:
 * they may take as long again to end, and the app as long for itself.
 */
const GRACE_MS = 5000;

/** Resolves when it is gone: to true when it had to be killed. */
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
