// Limits the answers that have not left this process, on all connections: a caller that does not read its answers must
// not take the memory that others need.
import type { Socket } from "node:net";
import { UNREAD_LIMIT_BYTES, UNREAD_STILL_MS, UNREAD_TIGHT_BYTES } from "./limits.ts";

/** What one caller has not read. */
interface Unread {
  bytes: number;
  /** Listens to the socket's timeout. */
  look: () => void;
}

/** The answers that wait to be read. */
export class UnreadAnswers {
  readonly #unread = new Map<Socket, Unread>();
  #bytes = 0;

  /**
   * Counts an answer until the returned function is called. Above the limit, the caller with the most unread answers is
   * disconnected.
   */
  hold(socket: Socket, bytes: number): () => void {
    const unread = this.#unread.get(socket) ?? this.#watch(socket);
    unread.bytes += bytes;
    this.#bytes += bytes;
    if (this.#bytes > UNREAD_LIMIT_BYTES) this.#largest?.destroy();
    let isHeld = true;
    return () => {
      if (isHeld) this.#release(socket, unread, bytes);
      isHeld = false;
    };
  }

  #release(socket: Socket, unread: Unread, bytes: number): void {
    unread.bytes -= bytes;
    this.#bytes -= bytes;
    if (unread.bytes > 0) return;
    this.#unread.delete(socket);
    socket.off("timeout", unread.look);
    // Another timeout by now is the HTTP server's own, which closes idle connections.
    if (!socket.destroyed && socket.timeout === UNREAD_STILL_MS) socket.setTimeout(0);
  }

  /** The socket's timeout fires when nothing at all is written, also within one large answer. */
  #watch(socket: Socket): Unread {
    const look = () => {
      if (this.#bytes >= UNREAD_TIGHT_BYTES) socket.destroy();
      else socket.setTimeout(UNREAD_STILL_MS);
    };
    socket.setTimeout(UNREAD_STILL_MS);
    socket.on("timeout", look);
    const unread = { bytes: 0, look };
    this.#unread.set(socket, unread);
    return unread;
  }

  get #largest(): Socket | undefined {
    const [most] = [...this.#unread].sort(([, a], [, b]) => b.bytes - a.bytes);
    return most?.[0];
  }
}
