// Keeps the gateway reachable. Programs that clean up old files may remove a live socket. So this checks the path
// regularly, keeps the socket's timestamps new, and listens there again when the socket is gone.
import { lstatSync, utimesSync } from "node:fs";
import type { Server } from "node:net";
import path from "node:path";
import { RpcError } from "../../shared/errors.ts";
import { messageOf } from "../../shared/message-of.ts";
import { identityOf, keepYoung, removeOwn } from "../../shared/socket-file.ts";
import { CHECK_SOCKET_MS, YOUNG_MS } from "./admission/limits.ts";
import type { SocketPath } from "../border/channel.ts";
import { listenAt, stopListening } from "./listen.ts";

/** The options of {@link KeptSocket}. */
export interface KeptSocketOptions {
  at: SocketPath;
  /** The identity of the socket that is at its path now. */
  identity: string;
  /** Called when it listens again, with a new socket. */
  listening: (identity: string) => void;
  /** Called when it cannot listen, and will try again; `sentence` says why. */
  trouble: (sentence: string) => void;
}

/** The socket of a listening server. */
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
      // No client can reach the old socket, and a check of the path must not take the new socket for this server's own.
      stopListening(this.#server);
      this.#identity = await listenAt(this.#server, at);
      listening(this.#identity);
    } catch (error) {
      trouble(error instanceof RpcError ? error.message : `Cannot listen at "${at.socket}": ${messageOf(error)}`);
    }
  }
}

/** Renews the timestamps of the socket, and of its folders if they are the agent's own. */
function refresh({ socket, ownsDirectory }: SocketPath): void {
  try {
    if (Date.now() - lstatSync(socket).atimeMs < YOUNG_MS) return;
    keepYoung(socket);
    if (!ownsDirectory) return;
    const now = Date.now() / 1000;
    for (const directory of [path.dirname(socket), path.dirname(path.dirname(socket))]) utimesSync(directory, now, now);
  } catch {
    // The file is gone at this very moment, or the disk is read-only: the next check finds out.
  }
}
