// How much of results may be on its way to callers at once, on all connections: a result is not made before there is room for
// it, so that callers who do not read cost the app neither its memory nor its time.
import type { Run } from "./run.ts";

/** Results smaller than this need no room: there are at most so many as there are calls in flight. */
export const SMALL_CHARS = 64 * 1024;

/** What may be under way: one more is let go only where nothing else is. */
const ROOM_CHARS = 16 * 1024 * 1024;

/** What one connection's results may take before another's are let go: one that does not read must not take it all. */
const SHARE_CHARS = 1024 * 1024;

/** What one connection's results take. */
export interface ResultShare {
  chars: number;
}

interface Waiting {
  run: Run;
  chars: number;
  goOn: () => void;
}

class ResultRoom {
  #taken = 0;
  readonly #waiting = new Set<Waiting>();

  /**
   * Takes room for the run's result; where there is none, waits for it.
   *
   * @throws RpcError when the run is told to stop meanwhile.
   */
  async take(run: Run, chars: number): Promise<void> {
    const more = chars - run.roomTaken;
    if (more <= 0 || run.output.isUnheard) return;
    if (!this.#isOldestHeldUp && this.#fits(run.output.share, more)) return this.#give(run, more);
    let waiting: Waiting | undefined;
    const granted = new Promise<void>((goOn) => this.#waiting.add((waiting = { run, chars: more, goOn })));
    await Promise.race([granted, run.aborted()]);
    // What was granted at the very moment of an abort is given back as that of every run is.
    if (waiting && this.#waiting.delete(waiting)) run.throwIfAborted();
  }

  /** Counts what is sent, whether there is room or not. */
  count(share: ResultShare, chars: number): void {
    this.#taken += chars;
    share.chars += chars;
  }

  /** Gives room back: the next who wait go on. */
  release(share: ResultShare, chars: number): void {
    this.count(share, -chars);
    for (const waiting of this.#waiting) {
      const { run, chars } = waiting;
      // The run of a caller who has gone away goes on; of its result nothing is made.
      if (!run.output.isUnheard && !this.#fits(run.output.share, chars)) continue;
      this.#waiting.delete(waiting);
      if (!run.output.isUnheard) this.#give(run, chars);
      waiting.goOn();
    }
  }

  /** The one that has waited longest waits for others to make room, and not for its own caller to read. */
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

/** That of this process. */
export const resultRoom = new ResultRoom();
