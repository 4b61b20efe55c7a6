// The runner's side of one connection's port: output goes out while the reader keeps up, and waits, bounded, when it
// does not. Credit is read from shared memory, so it is seen even in the middle of a synchronous loop.
import {
  ACKNOWLEDGED,
  ALIVE,
  FIRST_TICKET,
  HURRIED,
  STANDS_STILL,
  UNHEARD,
  WAITING,
  WAITS_FOR_WORD,
} from "../border/channel.ts";
import { flushAtExit, type Outgoing } from "./flush-output.ts";
import { toGateway } from "../border/port-messages.ts";
import type { TextPort } from "../border/text-port.ts";
import type { ResultShare } from "./result-room.ts";
import { OutputWindow } from "./output-window.ts";
import { Patience } from "./patience.ts";

/** Something that waits for credit, and takes it when it comes. */
export interface Waiter {
  /** Sends the next piece; true when nothing is left. */
  sendNext(): boolean;
  /** Nobody will read it: what waits is thrown away. */
  discard(): void;
}

/** The main thread is not held up for longer than this while the reader takes nothing. */
const NOTHING_MS = 50;

/** The same where nothing may be dropped: then it looks whether the gateway is still there. */
const LOOK_MS = 500;

/** A gateway that does not answer for this long has ended; the main thread would be told so if it did not stand still. */
const GATEWAY_LIMIT_MS = 5000;

/** The way out to one connection. */
export class Outbox implements Outgoing {
  readonly #port: TextPort;
  readonly #flow: Int32Array;
  readonly #waiters = new Set<Waiter>();
  /** What its large results take of the room for all. */
  readonly share: ResultShare = { chars: 0 };
  readonly #patience = new Patience();
  /** What had been taken when the main thread last waited in vain: until more is, it does not wait again. */
  #takenInVain: number | undefined;
  readonly #window: OutputWindow;
  #muted = false;
  readonly #forget = flushAtExit(this);

  constructor(port: TextPort, table: SharedArrayBuffer) {
    this.#port = port;
    this.#flow = new Int32Array(table);
    this.#window = new OutputWindow(this.#flow);
  }

  /** True once nobody listens any more. */
  get muted(): boolean {
    return this.#muted || Atomics.load(this.#flow, UNHEARD) === 1;
  }

  /** True while the reader keeps up, and others have left it room. */
  get hasCredit(): boolean {
    return this.#window.hasRoom;
  }

  sendMore(): number {
    this.resume();
    // What waits has no credit: then something is under way, too.
    return this.muted ? 0 : this.#window.underway;
  }

  /** Sends text that is not output. */
  post(text: string): void {
    this.#port.post(text);
  }

  /** Sends output, or progress; its characters count against the window until they have left the gateway. */
  postOutput(text: string, chars: number): void {
    this.#window.send(chars);
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

  /**
   * Holds the main thread up until there is credit. False when that takes too long, or with `forAsLongAsItTakes` only when the run
   * is to end or nobody is there.
   */
  standStill(ticket: number, forAsLongAsItTakes: boolean): boolean {
    let aliveAt = performance.now();
    while (!this.hasCredit) {
      if (this.muted || Atomics.load(this.#flow, FIRST_TICKET + ticket) === HURRIED) return false;
      const limitMs = forAsLongAsItTakes ? LOOK_MS : this.#patienceMs;
      if (limitMs <= 0) return false;
      if (this.#nap(limitMs, forAsLongAsItTakes)) aliveAt = performance.now();
      else if (!forAsLongAsItTakes || performance.now() - aliveAt > GATEWAY_LIMIT_MS) return false;
    }
    return true;
  }

  get #patienceMs(): number {
    if (Atomics.load(this.#flow, ACKNOWLEDGED) === this.#takenInVain) return 0;
    return Math.min(NOTHING_MS, this.#patience.leftMs);
  }

  /** Sleeps until something was taken; false when it was not within the limit, and the gateway has not answered either. */
  #nap(limitMs: number, asksGateway: boolean): boolean {
    const taken = Atomics.load(this.#flow, ACKNOWLEDGED);
    const alive = Atomics.load(this.#flow, ALIVE);
    Atomics.store(this.#flow, WAITING, STANDS_STILL);
    if (asksGateway) this.#port.send(toGateway("alive?"));
    const since = performance.now();
    Atomics.wait(this.#flow, ACKNOWLEDGED, taken, limitMs);
    const takenNow = Atomics.load(this.#flow, ACKNOWLEDGED);
    if (!asksGateway) this.#patience.spend(performance.now() - since, (takenNow - taken) | 0);
    this.#takenInVain = takenNow === taken ? taken : undefined;
    return takenNow !== taken || (asksGateway && Atomics.load(this.#flow, ALIVE) !== alive);
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
    this.#window.close();
    this.#port.close();
  }

  #mayGoOn(): boolean {
    if (this.hasCredit) return true;
    Atomics.store(this.#flow, WAITING, WAITS_FOR_WORD);
    // Credit may have come between the look and the flag: then nobody would wake us.
    return this.hasCredit;
  }
}
