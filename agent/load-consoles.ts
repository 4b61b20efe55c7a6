// The consoles' own files: few apps ever have one, so they are no part of what starts with the app.
import type * as ConsoleRequests from "./console/console-requests.ts";
import type * as Consoles from "./console/consoles.ts";
import { ownPart } from "./instance/own-part.ts";
import type { Runner } from "./runs/runner.ts";
import type { OpenConsoles } from "./runs/session.ts";

/** So long after the agent has started it costs the app's start nothing. */
const EARLY_MS = 100;

/** The consoles of an agent: their files are loaded, and an inspector session opened, when the first console is. */
export class LazyConsoles {
  readonly #runner: Runner;
  #all: Promise<Consoles.Consoles> | undefined;

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  /** Opens what one connection's consoles need. */
  readonly open: OpenConsoles = async (connection) => {
    const { ConsoleRequests: requests } = await loadConsoleRequests();
    return new requests({ ...connection, runner: this.#runner, consoles: () => this.#opened() });
  };

  close(): void {
    this.#all?.then((consoles) => consoles.close()).catch(() => {}); // what could not be opened needs no closing
  }

  #opened(): Promise<Consoles.Consoles> {
    // What failed once, as without an inspector in this Node, is tried again for the next console.
    this.#all ??= this.#start().catch((error: unknown) => {
      this.#all = undefined;
      throw error;
    });
    return this.#all;
  }

  async #start(): Promise<Consoles.Consoles> {
    const { Consoles: all } = await loadConsoles();
    return all.start(this.#runner);
  }
}

/** The module of one connection's consoles. @throws RpcError REPLACED when it is no longer on the disk. */
function loadConsoleRequests(): Promise<typeof ConsoleRequests> {
  return ownPart(() => import("./console/console-requests.ts"));
}

/** The module of an agent's consoles. @throws as {@link loadConsoleRequests}. */
function loadConsoles(): Promise<typeof Consoles> {
  return ownPart(() => import("./console/consoles.ts"));
}

/**
 * Loads both in a while: their files have other names in each version, and a console is to open also once another one is on the
 * disk. The returned function calls it off.
 */
export function loadConsolesSoon(): () => void {
  const timer = setTimeout(() => {
    Promise.all([loadConsoleRequests(), loadConsoles()]).catch(() => {}); // whoever opens a console is told
  }, EARLY_MS).unref();
  return () => clearTimeout(timer);
}
