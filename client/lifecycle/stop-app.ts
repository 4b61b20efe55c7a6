// How an app is stopped, whoever asks for it: not ready first, then the pre_stop hooks, SIGTERM, SIGKILL at the deadline,
// and the post_stop hooks when it is gone.
import type { Hooks } from "./hooks.ts";

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
  hooks: Hooks;
  /** For the hooks. */
  variables: Record<string, string>;
  /** The signal that asks it to end. */
  signal: NodeJS.Signals;
  timeoutMs: number;
}

/** Resolves when it is gone: to true when it had to be killed. Hooks that fail are told, and do not keep it alive. */
export async function stopApp(app: Stoppable, { hooks, variables, signal, timeoutMs }: StopOptions): Promise<boolean> {
  await app.drain();
  await hooks.tryRun("pre_stop", variables);
  app.signal(signal);
  const inTime = await within(app.gone, timeoutMs);
  if (!inTime) {
    app.signal("SIGKILL");
    await app.gone;
  }
  await hooks.tryRun("post_stop", variables);
  return !inTime;
}

async function within(gone: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([gone.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}
