// How an app is stopped, whoever asks for it: not ready first, then the pre_stop hooks, SIGTERM, SIGKILL at the deadline,
// and the post_stop hooks when it is gone.
import type { Phase } from "./hook-files.ts";

/** The app that is to be stopped. */
export interface Stoppable {
  /** Lets it say that it is not ready any more. */
  drain(): void | Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when its process is gone. */
  gone: Promise<unknown>;
}

/** How it is stopped. */
export interface StopOptions {
  /** Runs the hooks of a phase; those that fail are told there, and do not keep the app alive. */
  runHooks: (phase: Phase) => Promise<unknown>;
  /** The signal that asks it to end. */
  signal: NodeJS.Signals;
  timeoutMs: number;
}

/** Resolves when it is gone: to true when it had to be killed. */
export async function stopApp(app: Stoppable, { runHooks, signal, timeoutMs }: StopOptions): Promise<boolean> {
  await app.drain();
  await runHooks("pre_stop");
  app.signal(signal);
  const inTime = await within(app.gone, timeoutMs);
  if (!inTime) {
    app.signal("SIGKILL");
    await app.gone;
  }
  await runHooks("post_stop");
  return !inTime;
}

/** Whether it resolves in time. */
export async function within(gone: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([gone.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}
