// The runner's side of one connection's port: output goes out while the reader keeps up, and waits, bounded, when it
// does not. Credit is read from shared memory, so it is seen even in the middle of a synchronous loop.
import { ACKNOWLEDGED, OUTPUT_WINDOW, WAITING, costOf } from "./gateway/channel.ts";
import { flushAtExit, type Outgoing } from "./flush-output.ts";
import type { TextPort } from "./gateway/text-port.ts";

/** Something that waits for credit, and takes it when it comes. */
export interface Waiter {
  /** Sends the next piece; true when nothing is left. */
  sendNext(): boolean;
  /** Nobody will read it: what waits is thrown away. */
  discard(): void;
}

/** The way out to one connection. */
export class Outbox implements Outgoing {
  readonly #port: TextPort;
  readonly #flow: Int32Array;
  readonly #waiters = new Set<Waiter>();
  #sent = 0;
  #muted = false;
  readonly #forget = flushAtExit(this);

  constructor(port: TextPort, table: SharedArrayBuffer) {
    this.#port = port;
    this.#flow = new Int32Array(table);
  }

  /** True once nobody listens any more. */
  get muted(): boolean {
    return this.#muted;
  }

  /** True while the reader keeps up: no more output is under way than the window holds. */
  get hasCredit(): boolean {
    return this.#underway < OUTPUT_WINDOW;
  }

  sendMore(): number {
    this.resume();
    // What waits has no credit: then something is under way, too.
    return this.#underway;
  }

  /** Sends text that is not output. */
  post(text: string): void {
    this.#port.post(text);
  }

  /** Sends output, or progress; its characters count against the window until they have left the gateway. */
  postOutput(text: string, chars: number): void {
    this.#sent = (this.#sent + costOf(chars)) | 0;
    // At once: the last line before an endless loop is the one that matters most.
    this.#port.send(text);
  }

  /** Lets the waiter send as credit comes back. */
  wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.resume();
  }

  /** Credit has come back. The waiters take turns: one run that floods does not keep the others from their answers. */
  resume(): void {
    for (const waiter of this.#waiters) {
      if (!this.#mayGoOn()) return;
      this.#waiters.delete(waiter);
      // Added again it is the last, and this very loop comes back to it.
      if (!waiter.sendNext()) this.#waiters.add(waiter);
    }
  }

  /** Nobody listens any more: output is thrown away, answers still go to the gateway. */
  mute(): void {
    this.#muted = true;
    for (const waiter of this.#waiters) waiter.discard();
    this.#waiters.clear();
  }

  /** The gateway is gone: nothing is kept for it. */
  close(): void {
    this.mute();
    this.#forget();
    this.#port.close();
  }

  get #underway(): number {
    return (this.#sent - Atomics.load(this.#flow, ACKNOWLEDGED)) | 0;
  }

  #mayGoOn(): boolean {
    if (this.hasCredit) return true;
    Atomics.store(this.#flow, WAITING, 1);
    // Credit may have come between the look and the flag: then nobody would wake us.
    return this.hasCredit;
  }
}
