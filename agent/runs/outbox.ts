// The runner's side of one connection's port. Output is sent while the reader keeps up, and is queued within limits
// when it does not. Credit is read from shared memory, so that it is seen even in the middle of a synchronous loop.
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
import type { ResultShare } from "./result-share.ts";
import { OutputWindow } from "./output-window.ts";
import { Patience } from "./patience.ts";

/** Output that waits for credit. */
export interface Waiter {
  /** Sends the next piece; true when nothing is left. */
  sendNext(): boolean;
  /** The output will never be read: drops everything that waits. */
  discard(): void;
}

/** How long the main thread waits at once when nothing may be dropped. Then it checks whether the gateway is alive. */
const LOOK_MS = 500;

/**
 * A gateway that does not answer for this long has ended. The main thread is blocked, so it cannot receive that event.
 */
const GATEWAY_LIMIT_MS = 5000;

/** Sends messages and output to one connection. */
export class Outbox implements Outgoing {
  readonly #port: TextPort;
  readonly #flow: Int32Array;
  readonly #waiters = new Set<Waiter>();
  /** The part of the shared result room that this connection's large results take. */
  readonly share: ResultShare = { chars: 0 };
  readonly #patience = new Patience();
  /**
   * What had been taken when the main thread last waited in vain. It does not wait again before more has been taken.
   */
  #takenInVain: number | undefined;
  readonly #window: OutputWindow;
  #muted = false;
  readonly #forget = flushAtExit(this);

  constructor(port: TextPort, table: SharedArrayBuffer) {
    this.#port = port;
    this.#flow = new Int32Array(table);
    this.#window = new OutputWindow(this.#flow);
  }

  /** True once the caller is gone. */
  get muted(): boolean {
    return this.#muted || Atomics.load(this.#flow, UNHEARD) === 1;
  }

  /** True while the reader keeps up and other connections have left room. */
  get hasCredit(): boolean {
    return this.#window.hasRoom;
  }

  sendMore(): number {
    this.resume();
    // Output that waits has no credit, so other output is on its way.
    return this.muted ? 0 : this.#window.underway;
  }

  /** Sends text that is not output. */
  post(text: string): void {
    this.#port.post(text);
  }

  /** Sends output or progress. Its characters count against the window until they have left the gateway. */
  postOutput(text: string, chars: number): void {
    this.#window.send(chars);
    // Sent at once: the last line before an endless loop is the one that matters most.
    this.#port.send(text);
  }

  /** Registers the waiter, which sends when credit comes back. */
  wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.resume();
  }

  /**
   * Called when credit has come back. The waiters take turns, so that a run with a flood of output does not delay the
   * others.
   */
  resume(): void {
    for (const waiter of this.#waiters) {
      if (!this.#mayGoOn()) return;
      this.#waiters.delete(waiter);
      // Added again, the waiter is last in the set, and this loop comes back to it.
      if (!waiter.sendNext()) this.#waiters.add(waiter);
    }
  }

  /**
   * Holds the main thread up until there is credit. Returns false when that takes too long. With `forAsLongAsItTakes`
   * it returns false only when the run must end, or when the caller or the gateway is gone.
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
    const taken = Atomics.load(this.#flow, ACKNOWLEDGED);
    return taken === this.#takenInVain ? 0 : this.#patience.leftMs(taken >>> 0);
  }

  /**
   * Sleeps until output was taken. False when none was taken within the limit and the gateway has not answered either.
   */
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

  /** The caller is gone: output is dropped, but answers still go to the gateway. */
  mute(): void {
    this.#muted = true;
    for (const waiter of this.#waiters) waiter.discard();
    this.#waiters.clear();
  }

  /** Called when the gateway is gone: drops everything that waits. */
  close(): void {
    this.mute();
    this.#forget();
    this.#window.close();
    this.#port.close();
  }

  #mayGoOn(): boolean {
    if (this.hasCredit) return true;
    Atomics.store(this.#flow, WAITING, WAITS_FOR_WORD);
    // Credit may have come between the check and the flag: then the gateway would not send `resume`.
    return this.hasCredit;
  }
}
