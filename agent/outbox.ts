// The runner's side of one connection's port: output goes out while the reader keeps up, and waits, bounded, when it
// does not. Credit is read from shared memory, so it is seen even in the middle of a synchronous loop.
import type { MessagePort } from "node:worker_threads";
import { ACKNOWLEDGED, OUTPUT_WINDOW, WAITING, type Channel } from "./gateway/channel.ts";

/** Something that waits for credit, and takes it when it comes. */
export interface Waiter {
  /** Sends what there is credit for; true when nothing is left. */
  flush(): boolean;
}

/** The way out to one connection. */
export class Outbox {
  readonly #port: MessagePort;
  readonly #flow: Int32Array;
  readonly #waiters = new Set<Waiter>();
  #sent = 0;
  #closed = false;

  constructor({ port, table }: Channel) {
    this.#port = port;
    this.#flow = new Int32Array(table);
  }

  /** True once nobody listens any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Sends text that is not output: answers and progress. */
  post(text: string): void {
    if (!this.#closed) this.#port.postMessage(text);
  }

  /** True while the reader keeps up: no more output is under way than the window holds. */
  get hasCredit(): boolean {
    const underway = (this.#sent - Atomics.load(this.#flow, ACKNOWLEDGED)) | 0;
    return underway < OUTPUT_WINDOW;
  }

  /** Sends output, or progress; `chars` of it count against the window until they have left the gateway. */
  postOutput(text: string, chars: number): void {
    this.#sent = (this.#sent + chars) | 0;
    this.post(text);
  }

  /** Flushes the waiter when credit comes back. */
  wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
    Atomics.store(this.#flow, WAITING, 1);
    // Credit may have come between the last look and the flag: then nobody would wake us.
    if (waiter.flush()) this.#waiters.delete(waiter);
  }

  /** Credit has come back: the waiters go on, in the order in which they began to wait. */
  resume(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.flush()) {
        Atomics.store(this.#flow, WAITING, 1);
        if (!waiter.flush()) return;
      }
      this.#waiters.delete(waiter);
    }
  }

  /** The connection is gone: nothing is kept for it. */
  close(): void {
    this.#closed = true;
    this.#waiters.clear();
    this.#port.close();
  }
}
