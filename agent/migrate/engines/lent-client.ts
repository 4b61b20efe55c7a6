// Lends the session's one connection to an engine whose driver connects and disconnects by itself. All that the engine
// sends then is in the session: its settings, its transaction, its cancellation and its report.
import type { Client, ClientConfig } from "pg";

type Callback = (error?: unknown, client?: unknown, release?: () => void) => void;

/** Looks like a client that is not connected yet: to connect and to end do nothing. */
export function lentClient(client: Client): Client {
  const own: Record<string, unknown> = {
    connect: (callback?: Callback) => done(callback, lent),
    end: (callback?: Callback) => done(callback),
    release() {},
  };
  const lent = new Proxy(client, {
    get(target, name) {
      if (typeof name === "string" && Object.hasOwn(own, name)) return own[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return lent;
}

/** The package pg, with a class of clients and one of pools that lend the connection. */
export async function lentDriver(client: Client): Promise<object> {
  const { default: pg } = await import("pg");
  const lent = lentClient(client);
  class Pool {
    connect(callback?: Callback): unknown {
      return done(callback, lent, () => {});
    }
    end(callback?: Callback): unknown {
      return done(callback);
    }
    on(): this {
      return this;
    }
  }
  // `new` returns the object that a function returns.
  const Client = function Client({ types }: ClientConfig = {}) {
    // An engine's own parsers of values. pg takes them only when a client is made.
    if (types) Reflect.set(client, "_types", new pg.TypeOverrides(types));
    return lent;
  };
  return { ...pg, Client, Pool, defaults: { ...pg.defaults }, native: null };
}

function done(callback: Callback | undefined, client?: unknown, release?: () => void): Promise<unknown> | undefined {
  if (!callback) return Promise.resolve(client);
  callback(undefined, client, release);
  return undefined;
}
