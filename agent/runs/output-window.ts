// How much output may be on its way to one connection's reader, and to all readers together. What has left the gateway is read
// from shared memory, so that it is seen even in the middle of a synchronous loop.
import { ACKNOWLEDGED, OUTPUT_WINDOW, costOf } from "../border/channel.ts";

/** With so much on its way on all connections, each has only its share. */
const ALL_CHARS = 8 * 1024 * 1024;

/** What one connection may always have on its way: a reader that keeps up never waits for those that do not. */
const SHARE_CHARS = 64 * 1024;

const open = new Set<OutputWindow>();

/** The output on its way on one connection. */
export class OutputWindow {
  readonly #flow: Int32Array;
  #sent = 0;

  /** `flow` is the connection's table: the gateway counts in it what has left. */
  constructor(flow: Int32Array) {
    this.#flow = flow;
    open.add(this);
  }

  /** Counts so many characters of output as on their way. */
  send(chars: number): void {
    this.#sent = (this.#sent + costOf(chars)) | 0;
  }

  /** What has not left this process. */
  get underway(): number {
    return (this.#sent - Atomics.load(this.#flow, ACKNOWLEDGED)) | 0;
  }

  /**
   * Whether more may be sent. Where not, the connection has output of its own on its way, and what the gateway counts of that is
   * the moment to look again.
   */
  get hasRoom(): boolean {
    const { underway } = this;
    return underway < SHARE_CHARS || (underway < OUTPUT_WINDOW && underwayOnAll() < ALL_CHARS);
  }

  /** The gateway is gone, and nothing is on its way. */
  close(): void {
    open.delete(this);
  }
}

function underwayOnAll(): number {
  let chars = 0;
  for (const { underway } of open) chars += underway;
  return chars;
}
