// Sends the output of one connection's runs from the runner's port to the caller. Many small writes become one
// notification. Output that has left this process is acknowledged, so that the runner sends more.
import type { RunProgress } from "../../../shared/messages/messages.ts";
import type { CheckedNotification } from "../../../shared/messages/methods.ts";
import { ACKNOWLEDGED, STANDS_STILL, UNHEARD, WAITING, WAITS_FOR_WORD, costOf } from "../../border/channel.ts";
import type { Collected, Pending } from "./pending.ts";

/** Sends a notification; `written` is called when it has left this process, or never will. */
export type Notify = (notification: CheckedNotification, written: () => void) => void;

/** The options of {@link OutputRelay}. */
export interface OutputRelayOptions {
  /** The connection's table. */
  cells: Int32Array;
  notify: Notify;
  /** Tells the waiting runner that output may flow again. */
  resume(): void;
}

/** The output of one connection's runs. */
export class OutputRelay {
  readonly #options: OutputRelayOptions;
  readonly #unflushed = new Set<Pending>();
  #muted = false;

  constructor(options: OutputRelayOptions) {
    this.#options = options;
  }

  /** Called when the caller is gone: later output is acknowledged and dropped. */
  mute(): void {
    this.#muted = true;
    const { cells } = this.#options;
    Atomics.store(cells, UNHEARD, 1);
    Atomics.notify(cells, ACKNOWLEDGED);
  }

  /** Takes a run's output: `1text` or `2text`. */
  output(pending: Pending, body: string): void {
    const chars = body.length - 1;
    if (this.#isUnheard(pending)) return this.#acknowledge(costOf(chars));
    const before = pending.collect(body.startsWith("1") ? "stdout" : "stderr", body.slice(1));
    if (before) this.#notify(pending, before);
    // Sent when all messages of this turn have been read.
    if (this.#unflushed.size === 0) setImmediate(() => this.flush());
    this.#unflushed.add(pending);
  }

  /** Takes a gap, the lines and bytes that had to be dropped. */
  gap(pending: Pending, body: string): void {
    if (this.#isUnheard(pending)) return this.#acknowledge(costOf(0));
    this.#flushOne(pending);
    const [descriptor, lines = 0, bytes = 0] = body.split(" ").map(Number);
    const stream = descriptor === 1 ? "stdout" : "stderr";
    const output = { seq: pending.nextSeq(), stream, dropped: { lines, bytes } } as const;
    this.#notify(pending, { output, cost: costOf(0) });
  }

  /** Takes a run's progress. */
  progress(pending: Pending, body: string): void {
    const cost = costOf(body.length);
    if (this.#isUnheard(pending) || !pending.run) return this.#acknowledge(cost);
    this.#flushOne(pending);
    // Our own runner wrote it: done, total, message.
    const progress = JSON.parse(body) as Omit<RunProgress, "run" | "seq">;
    pending.progress = progress;
    const params = { run: pending.run.run, seq: pending.nextSeq(), ...progress };
    this.#options.notify({ method: "run.progress", params }, () => this.#acknowledge(cost));
  }

  /** Sends the gateway's own sentence as output of the run. */
  say(pending: Pending, sentence: string): void {
    this.flush();
    const output = { seq: pending.nextSeq(), stream: "stderr", text: `${sentence}\n` } as const;
    this.#notify(pending, { output, cost: 0 });
  }

  /** Sends everything that was collected. */
  flush(): void {
    for (const pending of this.#unflushed) this.#flushOne(pending);
    this.#unflushed.clear();
  }

  #isUnheard(pending: Pending): boolean {
    return this.#muted || pending.answered;
  }

  #flushOne(pending: Pending): void {
    const output = pending.takeOutput();
    if (output) this.#notify(pending, output);
  }

  #notify({ request: { opens: console, run } }: Pending, { output, cost }: Collected): void {
    if (console !== undefined)
      this.#options.notify({ method: "console.output", params: { console, ...output } }, () => this.#acknowledge(cost));
    else if (run)
      this.#options.notify({ method: "run.output", params: { run: run.run, ...output } }, () =>
        this.#acknowledge(cost),
      );
    else this.#acknowledge(cost);
  }

  #acknowledge(cost: number): void {
    const { cells } = this.#options;
    Atomics.add(cells, ACKNOWLEDGED, cost);
    const waiting = Atomics.exchange(cells, WAITING, 0);
    if (waiting === WAITS_FOR_WORD) this.#options.resume();
    else if (waiting === STANDS_STILL) Atomics.notify(cells, ACKNOWLEDGED);
  }
}
