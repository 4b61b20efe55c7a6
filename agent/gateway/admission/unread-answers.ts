// Answers that have not left this process, of all connections: a caller that asks and does not read must not keep what others
// need.
import type { Socket } from "node:net";
import { UNREAD_LIMIT_BYTES, UNREAD_STILL_MS, UNREAD_TIGHT_BYTES } from "./limits.ts";

/** The answers that wait for their readers. */
export class UnreadAnswers {
  readonly #bytesOf = new Map<Socket, number>();
  #bytes = 0;

  /** Counts an answer until the returned function is called. The caller that has most unread is let go where all is too much. */
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
    // Where it is another by now, it is the server's, which ends connections that are idle.
    if (!socket.destroyed && socket.timeout === UNREAD_STILL_MS) socket.setTimeout(0);
  }

  /** Node looks whether anything is written at all, also of one large answer. */
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
