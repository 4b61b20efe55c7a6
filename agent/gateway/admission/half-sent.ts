// Limits the bytes of incomplete messages on all connections. Above the limit, the connection whose message began first
// is closed. An honest peer sends the rest of a message at once.
import type { Duplex } from "node:stream";
import { countDropped } from "./dropped-memory.ts";
import { HALF_SENT_BYTES } from "./limits.ts";

/** The bytes that have come of incomplete messages. */
export class HalfSent {
  /** In the order in which the messages began. */
  readonly #bytesOf = new Map<Duplex, number>();
  readonly #watched = new WeakSet<Duplex>();
  #bytes = 0;

  /** Counts bytes of a message. */
  add(socket: Duplex, bytes: number): void {
    const before = this.#bytesOf.get(socket);
    if (before === undefined) this.#watch(socket);
    this.#bytesOf.set(socket, (before ?? 0) + bytes);
    this.#bytes += bytes;
    while (this.#bytes > HALF_SENT_BYTES) if (!this.#dropOldest()) return;
  }

  /** Called when the message is complete, or never will be. */
  end(socket: Duplex): void {
    this.#bytes -= this.#bytesOf.get(socket) ?? 0;
    this.#bytesOf.delete(socket);
  }

  /** Called for bytes that belonged to no message. */
  subtract(socket: Duplex, bytes: number): void {
    const before = this.#bytesOf.get(socket);
    if (before === undefined) return;
    if (before <= bytes) return this.end(socket);
    this.#bytesOf.set(socket, before - bytes);
    this.#bytes -= bytes;
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
