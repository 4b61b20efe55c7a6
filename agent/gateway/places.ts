// The places for connections, and who makes room when all are taken: one that asks nothing, the longest silent first. A
// connection whose request is in flight never has to.
import type { Duplex } from "node:stream";

/** The connections that are open. */
export class Places {
  readonly #limit: number;
  /** Connections that have not asked anything yet, oldest first. */
  readonly #newcomers = new Set<Duplex>();
  /** Connections that have asked and been answered, the longest silent first. */
  readonly #idle = new Set<Duplex>();
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Gives the connection a place, or another's place, or none. */
  add(socket: Duplex): void {
    socket.once("close", () => this.#free(socket));
    this.#newcomers.add(socket);
    if (++this.#taken > this.#limit) this.#silentFor(socket).destroy();
  }

  /** Whether a request of the connection is in flight. */
  setBusy(socket: Duplex, busy: boolean): void {
    this.#newcomers.delete(socket);
    this.#idle.delete(socket);
    if (!busy && !socket.destroyed) this.#idle.add(socket);
  }

  #free(socket: Duplex): void {
    this.#taken--;
    this.#newcomers.delete(socket);
    this.#idle.delete(socket);
  }

  /** From the larger group, so that neither a flood of newcomers nor a crowd of the idle keeps the others out. */
  #silentFor(newcomer: Duplex): Duplex {
    const group = this.#idle.size > this.#newcomers.size ? this.#idle : this.#newcomers;
    // Of a Set the first is the oldest; when all others are busy that is the newcomer itself.
    const [oldest = newcomer] = group;
    return oldest;
  }
}
