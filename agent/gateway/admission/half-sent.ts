// Messages that have begun to come and are not complete, of all connections: where they are too much together the one that
// began first makes room. A peer that means it sends the rest at once.
import type { Duplex } from "node:stream";
import { countDropped } from "./dropped-memory.ts";
import { HALF_SENT_BYTES } from "./limits.ts";

/** What has come of messages that are not complete. */
export class HalfSent {
  /** The longest begun first. */
  readonly #bytesOf = new Map<Duplex, number>();
  readonly #watched = new WeakSet<Duplex>();
  #bytes = 0;

  /** Bytes of a message have come. */
  add(socket: Duplex, bytes: number): void {
    const before = this.#bytesOf.get(socket);
    if (before === undefined) this.#watch(socket);
    this.#bytesOf.set(socket, (before ?? 0) + bytes);
    this.#bytes += bytes;
    while (this.#bytes > HALF_SENT_BYTES) if (!this.#dropOldest()) return;
  }

  /** The message is complete, or will never be. */
  end(socket: Duplex): void {
    this.#bytes -= this.#bytesOf.get(socket) ?? 0;
    this.#bytesOf.delete(socket);
  }

  #watch(socket: Duplex): void {
    if (this.#watched.has(socket)) return;
    this.#watched.add(socket);
    socket.once("close", () => this.end(socket));
  }

  #dropOldest(): boolean {
    const [oldest] = this.#bytesOf.keys();
    if (oldest === undefined) return false;
    countDropped(this.#bytesOf.get(oldest) ?? 0);
    this.end(oldest);
    oldest.destroy();
    return true;
  }
}
