// Limits the answers that have not left this process, on all connections: a caller that does not read its answers must
// not take the memory that others need.
import type { Socket } from "node:net";
import { UNREAD_LIMIT_BYTES, UNREAD_STILL_MS, UNREAD_TIGHT_BYTES } from "./limits.ts";

/** The answers that wait to be read. */
export class UnreadAnswers {
  readonly #bytesOf = new Map<Socket, number>();
  #bytes = 0;

  /**
   * Counts an answer until the returned function is called. Above the limit, the caller with the most unread answers is
   * disconnected.
   */
  hold(socket: Socket, bytes: number): () => void {
    const before = this.#bytesOf.get(socket);
    if (before === undefined) this.#watch(socket);
    this.#bytesOf.set(socket, (before ?? 0) + bytes);
    this.#bytes += bytes;
    if (this.#bytes > UNREAD_LIMIT_BYTES) this.#largest?.destroy();
    let isHeld = true;
    return () => {
      if (isHeld) this.#release(socket, bytes);
      isHeld = false;
    };
  }

  #release(socket: Socket, bytes: number): void {
    const left = (this.#bytesOf.get(socket) ?? 0) - bytes;
    this.#bytes -= bytes;
    if (left > 0) return void this.#bytesOf.set(socket, left);
    this.#bytesOf.delete(socket);
    // Another timeout by now is the HTTP server's own, which closes idle connections.
    if (!socket.destroyed && socket.timeout === UNREAD_STILL_MS) socket.setTimeout(0);
  }

  /** The socket's timeout fires when nothing at all is written, also within one large answer. */
  #watch(socket: Socket): void {
    const look = () => {
      if (!this.#bytesOf.has(socket)) return void socket.off("timeout", look);
      if (this.#bytes >= UNREAD_TIGHT_BYTES) socket.destroy();
      else socket.setTimeout(UNREAD_STILL_MS);
    };
    socket.setTimeout(UNREAD_STILL_MS);
    socket.on("timeout", look);
  }

  get #largest(): Socket | undefined {
    const [most] = [...this.#bytesOf].sort(([, a], [, b]) => b - a);
    return most?.[0];
  }
}
