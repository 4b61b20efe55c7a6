// The places for connections, and who makes room when all are taken: one that asks nothing, the longest silent first. A
// connection whose request is in flight never has to.
import type { Duplex } from "node:stream";

/** Places beyond the limit, for probes and for operators, whatever else is open. */
const SPARE = 16;

/** The connections that are open. */
export class Places {
  readonly #limit: number;
  /** Connections that have not asked anything yet, oldest first. */
  readonly #newcomers = new Set<Duplex>();
  /** Connections that have asked and been answered, the longest silent first. */
  readonly #idle = new Set<Duplex>();
  /** The same of connections in a spare place. */
  readonly #spareNewcomers = new Set<Duplex>();
  readonly #spare = new WeakSet<Duplex>();
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Gives the connection a place, or another's place, or none. */
  add(socket: Duplex): void {
    socket.once("close", () => this.#free(socket));
    const isCrowded = ++this.#taken > this.#limit;
    const silent = isCrowded ? this.#silent : undefined;
    if (!isCrowded || silent) this.#newcomers.add(socket);
    else this.#addSpare(socket);
    silent?.destroy();
  }

  /** Whether the connection is in a place that is kept for probes and operators. */
  isSpare(socket: Duplex): boolean {
    return this.#spare.has(socket);
  }

  /** Whether a request of the connection is in flight. */
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

  /** All others are busy: whoever has not asked yet in such a place makes room for the next. */
  #addSpare(socket: Duplex): void {
    this.#spare.add(socket);
    this.#spareNewcomers.add(socket);
    if (this.#taken <= this.#limit + SPARE) return;
    const [oldest = socket] = this.#spareNewcomers;
    oldest.destroy();
  }

  /** From the larger group, so that neither a flood of newcomers nor a crowd of the idle keeps the others out. */
  get #silent(): Duplex | undefined {
    const group = this.#idle.size > this.#newcomers.size ? this.#idle : this.#newcomers;
    // Of a Set the first is the oldest.
    const [oldest] = group;
    return oldest;
  }
}
