// Runs reloads one after the other: imports the tasks, lets the app read its configuration again, and only then uses
// both.
import { RpcError, type TaskState } from "../../shared/errors.ts";
import { gaveUp } from "../../shared/outcomes.ts";
import { endsWithin } from "../../shared/within.ts";
import { whyNotLoaded } from "./load-failure.ts";

/** The app's own part of a reload: reads its configuration again. If it throws, the tasks stay as they are. */
export type OnReload = (options: { signal: AbortSignal }) => unknown;

/** The deadline of a reload. */
export interface ReloadLimit {
  timeoutMs: number;
  /** Fires when the deadline has passed. */
  signal: AbortSignal;
  /**
   * Whether the caller has already been answered. Also known before the signal fires, as after code that blocked the
   * event loop.
   */
  isLate: () => boolean;
}

/** The steps of one reload. */
export interface ReloadSteps<Loaded> {
  load: () => Promise<Loaded>;
  onReload: OnReload | undefined;
}

/** How long onReload may take to end after its signal has fired, before the caller learns that it still runs. */
const STOP_MS = 20;

/** The reloads of one agent. */
export class ReloadQueue {
  /** Resolves when all earlier reloads have ended. Undefined when none is in progress. */
  #earlier: Promise<void> | undefined;

  /**
   * Resolves to what was loaded. The caller must adopt it at once.
   *
   * @throws what `load` throws; RpcError RELOAD_FAILED when onReload threw, TIMEOUT when the deadline passed.
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
      // An onReload that ignores its signal still runs, and the next reload waits for it.
      void configuring.catch(() => {}).finally(end); // its own caller gets the error
    }
  }
}

/** Turns a synchronous throw into a rejection. */
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
