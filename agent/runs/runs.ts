// Keeps the runs in flight, and stops them.
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import type { CancelResult, RunsResult } from "../../shared/messages/run-messages.ts";
import { endsWithin } from "../../shared/within.ts";
import type { Run } from "./run.ts";

/** The longest time that runs which were told to stop may take when the agent closes. */
const STOP_WAIT_MS = 1000;

/** The runs of one agent that have not ended. */
export class Runs {
  readonly #runs = new Map<string, Run>();
  #closing = false;

  /** Oldest first. */
  get all(): readonly Run[] {
    return [...this.#runs.values()];
  }

  /** The reason why this run cannot start now; undefined when it can. */
  refusal({ id }: Run): RpcError | undefined {
    const details = { run: id, state: "not-started" } as const;
    // The gateway refuses too. This stops a call that was on its way at that moment.
    if (this.#closing) return new RpcError("CLOSING", "Cannot start a run: the app is stopping", details);
    if (!this.#runs.has(id)) return undefined;
    return new RpcError("BAD_ARGUMENTS", `Cannot start run "${id}": that id is in flight`, details);
  }

  /** Adds the run to those in flight. */
  add(run: Run): void {
    this.#runs.set(run.id, run);
  }

  /** Removes a run that has ended, and resolves the waits for that. */
  remove(run: Run): void {
    this.#runs.delete(run.id);
    run.end();
  }

  /** The runs as `runs` shows them. */
  describe(): RunsResult {
    return { runs: this.all.map((run) => run.describe()) };
  }

  /**
   * Fires a run's signal and waits for the task to stop.
   *
   * @throws RpcError UNKNOWN_RUN when no run in flight has the id.
   */
  async cancel(id: string, waitMs: number): Promise<CancelResult> {
    const run = this.#runs.get(id);
    if (!run) throw new RpcError("UNKNOWN_RUN", `Cannot cancel "${id}": no run in flight has that id`);
    run.abort("cancel");
    const stopped = await endsWithin(waitMs, run.ended(), { keepsAlive: false });
    // A task that had not begun when it was told to stop never begins.
    const ended = run.started ? "stopped" : "not-started";
    return { run: id, state: stopped ? ended : "running" };
  }

  /**
   * Starts no more runs, waits for those in flight, then stops the remaining ones, unless {@link reopen} is called
   * before.
   */
  async drain(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#allEndWithin(graceMs);
    if (!this.#closing) return;
    for (const run of this.all) run.abort("cancel");
    await this.#allEndWithin(Math.min(graceMs, STOP_WAIT_MS));
  }

  /** Accepts calls again. */
  reopen(): void {
    this.#closing = false;
  }

  /** Resolves when no run is in flight, however long that takes. Does not keep the process alive. */
  async idle(): Promise<void> {
    await Promise.all(this.all.map((run) => run.ended()));
  }

  async #allEndWithin(ms: number): Promise<void> {
    // The code that closes the agent awaits this, so the process must stay alive even if it has nothing else to do.
    const awake = setTimeout(() => {}, Math.min(ms, MAX_DURATION_MS));
    await Promise.all(this.all.map((run) => endsWithin(ms, run.ended(), { keepsAlive: false })));
    clearTimeout(awake);
  }
}
