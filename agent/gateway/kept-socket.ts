// Keeps the gateway reachable. What cleans a folder of old files takes a live socket, too: to the system it has the name that
// it began with. So this looks at the path now and then, keeps what is there young, and listens there anew when it is gone.
import { lstatSync, utimesSync } from "node:fs";
import type { Server } from "node:net";
import path from "node:path";
import { RpcError } from "../../shared/errors.ts";
import { identityOf, keepYoung, removeOwn } from "../../shared/socket-file.ts";
import { LOOK_MS, YOUNG_MS } from "./limits.ts";
import { listenAt, stopListening, type Place } from "./listen.ts";

/** What makes a {@link KeptSocket}. */
export interface KeptSocketOptions {
  place: Place;
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
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(server: Server, options: KeptSocketOptions) {
    this.#server = server;
    this.#options = options;
    this.#identity = options.identity;
    this.#lookLater();
  }

  /** Removes the socket, and looks no more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
    removeOwn(this.#options.place.socket, this.#identity);
  }

  #lookLater(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().finally(() => this.#lookLater());
    }, LOOK_MS).unref();
  }

  async #look(): Promise<void> {
    const { place, listening, trouble } = this.#options;
    try {
      if (identityOf(place.socket) === this.#identity) return refresh(place);
      // Nobody comes to where it listened; and what is at the path now may be taken for its own only where it is not.
      stopListening(this.#server);
      this.#identity = await listenAt(this.#server, place);
      listening(this.#identity);
    } catch (error) {
      trouble(error instanceof RpcError ? error.message : `Cannot listen at "${place.socket}": ${String(error)}`);
    }
  }
}

/** Keeps the socket young, and its folders where they are the agent's own. */
function refresh({ socket, ownsDirectory }: Place): void {
  if (Date.now() - lstatSync(socket).atimeMs < YOUNG_MS) return;
  try {
    keepYoung(socket);
    if (!ownsDirectory) return;
    const now = Date.now() / 1000;
    for (const directory of [path.dirname(socket), path.dirname(path.dirname(socket))]) utimesSync(directory, now, now);
  } catch {
    // Gone at this very moment, or on a read-only disk: the next look finds out.
  }
}
