// Holds what one connection has in progress. Most connections send one kind of request, so each part is made when the
// first request needs it.
import { ConnectionConsoles } from "./consoles/connection-consoles.ts";
import { Expressions } from "./expressions/expressions.ts";
import type { Gateway } from "./gateway.ts";
import type { Notify } from "./relay/output-relay.ts";
import type { Relay } from "./relay/relay.ts";

/** The options of {@link Caller}. */
export interface CallerOptions {
  /** How many requests may wait for the main thread at the same time. */
  requests: number;
  /** Sends a notification to the other end. */
  notify: Notify;
}

/** The caller at the other end of a connection. */
export class Caller {
  readonly gateway: Gateway;
  readonly #options: CallerOptions;
  #relay: Relay | undefined;
  #consoles: ConnectionConsoles | undefined;
  #expressions: Expressions | undefined;

  constructor(gateway: Gateway, options: CallerOptions) {
    this.gateway = gateway;
    this.#options = options;
  }

  /** The requests that wait for the main thread. */
  get relay(): Relay {
    return (this.#relay ??= this.#openRelay());
  }

  get consoles(): ConnectionConsoles {
    return (this.#consoles ??= this.#openConsoles());
  }

  get expressions(): Expressions {
    const { relays, admission, expressions: runs } = this.gateway;
    return (this.#expressions ??= new Expressions({ runs, relays, admission, notify: this.#options.notify }));
  }

  /** Called when the caller is gone. Its runs continue, and their output is dropped. */
  end(): void {
    this.#expressions?.end();
    this.#relay?.end();
  }

  #openRelay(): Relay {
    const { requests: tickets, notify } = this.#options;
    const finished = () => this.#consoles && this.gateway.consoles.delete(this.#consoles);
    return this.gateway.relays.open({ tickets, notify, finished });
  }

  #openConsoles(): ConnectionConsoles {
    const { app, admission, inspection, consoles } = this.gateway;
    const opened = new ConnectionConsoles({ relay: this.relay, app, admission, inspection });
    consoles.add(opened);
    return opened;
  }
}
