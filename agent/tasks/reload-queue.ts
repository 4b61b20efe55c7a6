// Reloads, one after the other: imports the tasks, has the app read its configuration again, and only then goes on with both.
import { RpcError, type TaskState } from "../../shared/errors.ts";
import { gaveUp } from "../../shared/outcomes.ts";
import { endsWithin } from "../../shared/within.ts";
import { whyNotLoaded } from "./load-failure.ts";

/** The app's own part of a reload: reads its configuration again. Its throw keeps the tasks as they are. */
export type OnReload = (options: { signal: AbortSignal }) => unknown;

/** By when a reload must be done. */
export interface ReloadLimit {
  timeoutMs: number;
  /** Fires when the time is up. */
  signal: AbortSignal;
  /** Whether the caller has been given up; known also before the signal fires, as after code that blocked the event loop. */
  isLate: () => boolean;
}

/** What one reload does. */
export interface ReloadSteps<Loaded> {
  load: () => Promise<Loaded>;
  onReload: OnReload | undefined;
}

/** How long onReload may take to end when its signal fires, before the caller is told that it still runs. */
const STOP_MS = 20;

/** The reloads of one agent. */
export class ReloadQueue {
  /** Resolves when those so far have ended; undefined when none is under way. */
  #earlier: Promise<void> | undefined;

  /**
   * Resolves to what was loaded, for the caller to adopt at once.
   *
   * @throws what `load` throws; RpcError RELOAD_FAILED when onReload threw, TIMEOUT when the time was up.
   */
  async run<Loaded>({ load, onReload }: ReloadSteps<Loaded>, limit: ReloadLimit): Promise<Loaded> {
    const earlier = this.#earlier;
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve)).then(() => earlier);
    this.#earlier = ended;
    void ended.then(() => this.#earlier === ended && (this.#earlier = undefined));
    let configuring: Promise<unknown> = Promise.resolve();
    try {
      if (earlier) await inTime(earlier, limit, "it did not begin, since it waited for an earlier one");
      const loaded = await inTime(load(), limit, "the tasks' module did not load in time, and the old tasks stay");
      configuring = Promise.resolve(onReload && configure(onReload, limit.signal));
      await configured(configuring, limit);
      return loaded;
    } finally {
      // One that takes no notice of its signal still runs: the next waits for it.
      void configuring.catch(() => {}).finally(end); // its caller is told
    }
  }
}

/** A function that throws at once is one whose promise rejects. */
async function configure(onReload: OnReload, signal: AbortSignal): Promise<void> {
  await onReload({ signal });
}

async function configured(configuring: Promise<unknown>, limit: ReloadLimit): Promise<void> {
  const ended = configuring.then(
    () => ({ error: undefined }),
    async (error: unknown) => ({ error: await failure(error) }),
  );
  const first = await Promise.race([ended, aborted(limit.signal)]);
  if (first === undefined || limit.isLate()) throw await endedLate(configuring, limit);
  if (first.error) throw first.error;
}

async function failure(error: unknown): Promise<RpcError> {
  const reason = await whyNotLoaded(error);
  const sentence = `Cannot reload, and the old tasks stay: onReload threw ${reason}`;
  return new RpcError("RELOAD_FAILED", sentence, { state: "stopped", cause: error });
}

async function endedLate(configuring: Promise<unknown>, limit: ReloadLimit): Promise<RpcError> {
  const isOver = await endsWithin(STOP_MS, configuring);
  const became = isOver ? "onReload has ended" : "onReload still runs";
  return late(limit, `the old tasks stay, and ${became}`, isOver ? "stopped" : "running");
}

async function inTime<Value>(work: Promise<Value>, limit: ReloadLimit, became: string): Promise<Value> {
  const tooLate = () => late(limit, became, "not-started");
  const over = aborted(limit.signal).then(() => Promise.reject(tooLate()));
  const value = await Promise.race([work, over]);
  if (limit.isLate()) throw tooLate();
  return value;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

function late({ timeoutMs }: ReloadLimit, became: string, state: TaskState): RpcError {
  return new RpcError("TIMEOUT", gaveUp("reload", timeoutMs) + became, { state });
}
