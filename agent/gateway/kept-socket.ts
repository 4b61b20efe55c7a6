// Keeps the gateway reachable. What cleans a folder of old files takes a live socket, too: to the system it has the name that
// it began with. So this checks the path now and then, keeps the socket young, and listens there anew when it is gone.
import { lstatSync, utimesSync } from "node:fs";
import type { Server } from "node:net";
import path from "node:path";
import { RpcError } from "../../shared/errors.ts";
import { identityOf, keepYoung, removeOwn } from "../../shared/socket-file.ts";
import { CHECK_SOCKET_MS, YOUNG_MS } from "./admission/limits.ts";
import type { SocketPath } from "../border/channel.ts";
import { listenAt, stopListening } from "./listen.ts";

/** What makes a {@link KeptSocket}. */
export interface KeptSocketOptions {
  at: SocketPath;
  /** The socket that is at its path now. */
  identity: string;
  /** It listens anew: the socket is another. */
  listening: (identity: string) => void;
  /** It cannot, and will try again: `sentence` says why. */
  trouble: (sentence: string) => void;
}

/** The socket of a server that listens. */
export class KeptSocket {
  readonly #server: Server;
  readonly #options: KeptSocketOptions;
  #identity: string;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;
  #closed = false;

  constructor(server: Server, options: KeptSocketOptions) {
    this.#server = server;
    this.#options = options;
    this.#identity = options.identity;
    this.#checkLater();
  }

  /** Removes the socket, and ends the checks. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#checking;
    removeOwn(this.#options.at.socket, this.#identity);
  }

  #checkLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#checking = this.#check().finally(() => this.#checkLater());
    }, CHECK_SOCKET_MS).unref();
  }

  async #check(): Promise<void> {
    const { at, listening, trouble } = this.#options;
    try {
      if (identityOf(at.socket) === this.#identity) return refresh(at);
      // No client reaches the old socket; and a check of what is at the path now must not take it for this server's own.
      stopListening(this.#server);
      this.#identity = await listenAt(this.#server, at);
      listening(this.#identity);
    } catch (error) {
      trouble(error instanceof RpcError ? error.message : `Cannot listen at "${at.socket}": ${String(error)}`);
    }
  }
}

/** Keeps the socket young, and its folders where they are the agent's own. */
function refresh({ socket, ownsDirectory }: SocketPath): void {
  if (Date.now() - lstatSync(socket).atimeMs < YOUNG_MS) return;
  try {
    keepYoung(socket);
    if (!ownsDirectory) return;
    const now = Date.now() / 1000;
    for (const directory of [path.dirname(socket), path.dirname(path.dirname(socket))]) utimesSync(directory, now, now);
  } catch {
    // Gone at this very moment, or on a read-only disk: the next check finds out.
  }
}
