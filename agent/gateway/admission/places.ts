// Gives places to connections. When all are taken, a connection without a request in flight is closed, the longest
// silent first. A connection with a request in flight is never closed for this.
import type { Duplex } from "node:stream";

/** Places beyond the limit. They are for probes and operators, however many connections are open. */
const SPARE = 16;

/** The connections that are open. */
export class Places {
  readonly #limit: number;
  /** Connections that have sent no request yet, oldest first. */
  readonly #newcomers = new Set<Duplex>();
  /** Connections whose requests have been answered, the longest silent first. */
  readonly #idle = new Set<Duplex>();
  /** Newcomers in a spare place, oldest first. */
  readonly #spareNewcomers = new Set<Duplex>();
  readonly #spare = new WeakSet<Duplex>();
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Gives the connection a free place, or the place of a silent connection, or a spare place, or closes it. */
  add(socket: Duplex): void {
    socket.once("close", () => this.#free(socket));
    const isCrowded = ++this.#taken > this.#limit;
    const silent = isCrowded ? this.#silent : undefined;
    if (!isCrowded || silent) this.#newcomers.add(socket);
    else this.#addSpare(socket);
    silent?.destroy();
  }

  /** Whether the connection has a spare place, for probes and operators. */
  isSpare(socket: Duplex): boolean {
    return this.#spare.has(socket);
  }

  /** Records whether a request of the connection is in flight. */
  setBusy(socket: Duplex, busy: boolean): void {
    this.#forget(socket);
    if (!busy && !socket.destroyed) this.#idle.add(socket);
  }

  #free(socket: Duplex): void {
    this.#taken--;
    this.#forget(socket);
  }

  #forget(socket: Duplex): void {
    for (const group of [this.#newcomers, this.#idle, this.#spareNewcomers]) group.delete(socket);
  }

  /** Called when all other places are busy. The oldest spare connection that has sent no request makes room. */
  #addSpare(socket: Duplex): void {
    this.#spare.add(socket);
    this.#spareNewcomers.add(socket);
    if (this.#taken <= this.#limit + SPARE) return;
    const [oldest = socket] = this.#spareNewcomers;
    oldest.destroy();
  }

  /** Chosen from the larger group, so that neither many newcomers nor many idle connections keep the others out. */
  get #silent(): Duplex | undefined {
    const group = this.#idle.size > this.#newcomers.size ? this.#idle : this.#newcomers;
    // A Set keeps insertion order: its first member is the oldest.
    const [oldest] = group;
    return oldest;
  }
}
