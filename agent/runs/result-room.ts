// Limits how much of results may be on its way to callers at once, on all connections. A result is not made before
// there is room for it, so callers that do not read cost the app neither memory nor time.
import type { ResultShare } from "./result-share.ts";
import type { Run } from "./run.ts";

/** Results smaller than this need no room: there are never more of them than calls in flight. */
export const SMALL_CHARS = 64 * 1024;

/** The room for all results. A larger result is let through only when nothing else is on its way. */
const ROOM_CHARS = 16 * 1024 * 1024;

/** The room for one connection's results, so that a caller that does not read cannot take all of the room. */
const SHARE_CHARS = 1024 * 1024;

interface Waiting {
  run: Run;
  chars: number;
  goOn: () => void;
}

class ResultRoom {
  #taken = 0;
  readonly #waiting = new Set<Waiting>();

  /**
   * Takes room for the run's result. If there is none, waits for it.
   *
   * @throws RpcError when the run must stop while it waits.
   */
  async take(run: Run, chars: number): Promise<void> {
    const more = chars - run.roomTaken;
    if (more <= 0 || run.output.isUnheard) return;
    if (!this.#isOldestHeldUp && this.#fits(run.output.share, more)) return this.#give(run, more);
    let waiting: Waiting | undefined;
    const granted = new Promise<void>((goOn) => this.#waiting.add((waiting = { run, chars: more, goOn })));
    await Promise.race([granted, run.aborted()]);
    // Room that was granted at the very moment of an abort is given back like that of any run.
    if (!waiting || !this.#waiting.has(waiting)) return;
    this.#giveUp(waiting);
    run.throwIfAborted();
  }

  /** Counts a result that is sent, whether there is room or not. */
  count(share: ResultShare, chars: number): void {
    this.#taken += chars;
    share.chars += chars;
  }

  /** Gives room back, and lets waiting runs continue. */
  release(share: ResultShare, chars: number): void {
    this.count(share, -chars);
    this.letGo();
  }

  /** Lets waiting runs continue that have room, or whose caller is gone. */
  letGo(): void {
    for (const waiting of this.#waiting) {
      const { run, chars } = waiting;
      // If its caller is gone, the run continues, and no result is made.
      if (!run.output.isUnheard && !this.#fits(run.output.share, chars)) continue;
      this.#waiting.delete(waiting);
      if (!run.output.isUnheard) this.#give(run, chars);
      waiting.goOn();
    }
  }

  /** A run that waited longest may have held up others: see `#isOldestHeldUp`. */
  #giveUp(waiting: Waiting): void {
    const [oldest] = this.#waiting;
    this.#waiting.delete(waiting);
    if (waiting === oldest) this.letGo();
  }

  /** True when the longest-waiting run waits for room that others take, and not for its own caller to read. */
  get #isOldestHeldUp(): boolean {
    const [oldest] = this.#waiting;
    return oldest !== undefined && oldest.run.output.share.chars <= 0;
  }

  #fits(share: ResultShare, chars: number): boolean {
    const fitsRoom = this.#taken <= 0 || this.#taken + chars <= ROOM_CHARS;
    return fitsRoom && (share.chars <= 0 || share.chars + chars <= SHARE_CHARS);
  }

  #give(run: Run, chars: number): void {
    this.count(run.output.share, chars);
    run.roomTaken += chars;
  }
}

/** The room of this process. */
export const resultRoom = new ResultRoom();
