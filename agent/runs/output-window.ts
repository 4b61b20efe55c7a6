// Limits how much output may be on its way to one connection's reader, and to all readers together. The amount that has
// left the gateway is read from shared memory, so that it is seen even in the middle of a synchronous loop.
import { ACKNOWLEDGED, OUTPUT_WINDOW, costOf } from "../border/channel.ts";

/** When this much is on its way on all connections, each connection has only its share. */
const ALL_CHARS = 8 * 1024 * 1024;

/** What one connection may always have on its way: a reader that keeps up never waits for slower readers. */
const SHARE_CHARS = 64 * 1024;

const open = new Set<OutputWindow>();

/** The output on its way on one connection. */
export class OutputWindow {
  readonly #flow: Int32Array;
  #sent = 0;

  /** `flow` is the connection's table, in which the gateway counts the output that has left. */
  constructor(flow: Int32Array) {
    this.#flow = flow;
    open.add(this);
  }

  /** Counts this many characters of output as on their way. */
  send(chars: number): void {
    this.#sent = (this.#sent + costOf(chars)) | 0;
  }

  /** The cost of output that has not left this process. */
  get underway(): number {
    return (this.#sent - Atomics.load(this.#flow, ACKNOWLEDGED)) | 0;
  }

  /**
   * True when more may be sent. When false, this connection has output on its way. The caller should check again when
   * the gateway counts some of it as sent.
   */
  get hasRoom(): boolean {
    const { underway } = this;
    return underway < SHARE_CHARS || (underway < OUTPUT_WINDOW && underwayOnAll() < ALL_CHARS);
  }

  /** Called when the gateway is gone: nothing is on its way. */
  close(): void {
    open.delete(this);
  }
}

function underwayOnAll(): number {
  let chars = 0;
  for (const { underway } of open) chars += underway;
  return chars;
}
