// The servers of this process that listen. Node announces every `listen()` of node:net, and so of http, https, http2
// and tls, on a diagnostics channel, so nothing that the app can see is changed. Servers of other threads and of native
// code are found in the system's tables (listening-ports.ts).
import { subscribe } from "node:diagnostics_channel";
import type { AddressInfo, Server } from "node:net";
import { messageOf } from "../../shared/message-of.ts";
import { ListeningPorts } from "./listening-ports.ts";
import { Preloads } from "./preloads.ts";

/** A server that was closed within this time only looked whether a port is free. */
const SETTLED_MS = 50;

/** A server that listens. `server` is left out if it belongs to another thread or to native code. */
export interface ListeningServer {
  address: AddressInfo | string;
  server?: Server;
}

/** The servers of this process. The agent's own are in another thread, and its health port does not count. */
export class Servers {
  /** Why the last `listen()` failed, while nothing listens. */
  failure: string | undefined;
  /** Called when a server begins to listen. */
  changed = () => {};
  /** The agent's own port for probes. */
  healthPort: number | undefined;
  readonly #isPreload: boolean;
  readonly #begun = new WeakSet<Server>();
  /** Whether each has listened for long enough, in the order in which they began. */
  #counted = new Map<Server, boolean>();
  #preloads: Preloads | undefined;
  #notCounted: Server[] = [];
  readonly #ports: ListeningPorts;

  /** With `isPreload`, what listens already belongs to another preload, such as an APM, or was inherited. */
  constructor(isPreload: boolean) {
    this.#isPreload = isPreload;
    this.#ports = new ListeningPorts(isPreload);
    subscribe("tracing:net.server.listen:asyncStart", (message) => this.#begins(serverOf(message)));
    subscribe("tracing:net.server.listen:asyncEnd", (message) => this.#listens(serverOf(message)));
    subscribe("tracing:net.server.listen:error", (message) => (this.failure = messageOf(errorOf(message))));
    if (!isPreload) for (const server of activeHandles().filter(isListening)) this.#count(server, true);
  }

  /** The app's servers that listen now, in the order in which they began. */
  get listening(): ListeningServer[] {
    const settled = [...this.#counted].filter(([server, isSettled]) => isSettled && server.listening);
    const own = settled.map(([server]) => ({ server, address: server.address() }));
    const found = own.filter((each): each is ListeningServer & { server: Server } => each.address !== null);
    return found.length > 0 ? found : this.#foreign();
  }

  /** Whether something of this process listens at the port, or receives its datagrams. */
  listensAt(port: number): boolean {
    if (port === this.healthPort) return false;
    if (this.listening.some(({ address }) => portOf(address) === port)) return true;
    return this.#foreign().some(({ address }) => portOf(address) === port) || boundPorts().includes(port);
  }

  #foreign(): ListeningServer[] {
    const known = [...this.#counted.keys(), ...this.#notCounted].map((server) => portOf(server.address()));
    const others = [this.healthPort, inspectorPort(), ...known];
    return this.#ports
      .look()
      .filter(({ port }) => !others.includes(port))
      .map((address) => ({ address }));
  }

  #begins(server: Server): void {
    this.#preloads ??= new Preloads();
    if (!this.#preloads.areCalling()) this.#begun.add(server);
  }

  #listens(server: Server): void {
    this.failure = undefined;
    this.#notCounted = this.#notCounted.filter(({ listening }) => listening);
    if (this.#isPreload && !this.#begun.has(server)) this.#notCounted.push(server);
    else this.#count(server, false);
  }

  #count(server: Server, isSettled: boolean): void {
    // An app may open any number of servers: what has closed is forgotten here.
    this.#counted = new Map([...this.#counted].filter(([each]) => each.listening && each !== server));
    this.#counted.set(server, isSettled);
    if (isSettled) return;
    setTimeout(() => this.#settle(server), SETTLED_MS).unref();
  }

  #settle(server: Server): void {
    if (this.#counted.has(server)) this.#counted.set(server, true);
    this.changed();
  }
}

let servers: Servers | undefined;

/** The one watch over this process's servers. The preload calls this first, with `isPreload`. */
export function serversOfProcess(isPreload = false): Servers {
  return (servers ??= new Servers(isPreload));
}

/** `127.0.0.1:3000`, `port 3000` for every address, or the path of a Unix socket. */
export function addressText(address: AddressInfo | string): string {
  if (typeof address === "string") return address;
  const { address: host, port } = address;
  if (host === "::" || host === "0.0.0.0" || host === "") return `port ${port}`;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function portOf(address: AddressInfo | string | null): number | undefined {
  return typeof address === "object" ? address?.port : undefined;
}

// What Node publishes on these channels.
function serverOf(message: unknown): Server {
  return (message as { server: Server }).server;
}

function errorOf(message: unknown): unknown {
  return (message as { error: unknown }).error;
}

/** Node has no other way to find a server that listened before this code was loaded. */
function activeHandles(): object[] {
  const { _getActiveHandles: handles } = process as { _getActiveHandles?: () => (object | null)[] };
  return (handles?.call(process) ?? []).filter((handle) => handle !== null);
}

function isListening(handle: object): handle is Server {
  return (handle as Partial<Server>).listening === true && "address" in handle;
}

/** The ports of the main thread's UDP sockets. */
function boundPorts(): number[] {
  return activeHandles().flatMap((handle) => {
    if (handle.constructor.name !== "Socket" || !("bind" in handle)) return [];
    try {
      return (handle as unknown as { address: () => AddressInfo }).address().port;
    } catch {
      return []; // not bound
    }
  });
}

function inspectorPort(): number | undefined {
  try {
    const url = process.getBuiltinModule("node:inspector").url();
    return url === undefined ? undefined : Number(new URL(url).port);
  } catch {
    return undefined; // a Node without an inspector
  }
}
