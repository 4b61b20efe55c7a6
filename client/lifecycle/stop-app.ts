// How an app is stopped, whoever asks for it: not ready first, then the pre_stop hooks, SIGTERM, SIGKILL at the deadline,
// and the post_stop hooks when it is gone.
import { formatDuration } from "../../shared/duration.ts";
import type { Phase } from "./hook-files.ts";

/** The app that is to be stopped. */
export interface Stoppable {
  /** Lets it say that it is not ready any more. */
  drain(): void | Promise<void>;
  signal(signal: NodeJS.Signals): void;
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
  timeoutMs: number;
}

/** Longer than a person waits without a word. */
const SLOW_MS = 3000;

/** Resolves when it is gone: to true when it had to be killed. */
export async function stopApp(app: Stoppable, { runHooks, tell, signal, timeoutMs }: StopOptions): Promise<boolean> {
  await app.drain();
  await runHooks("pre_stop");
  app.signal(signal);
  const inTime = await goneInTime(app, timeoutMs, tell);
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
