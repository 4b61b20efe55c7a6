// Loads the files for consoles shortly after the agent's start, or earlier if a console needs them. Few apps ever open
// a console, so the app's start does not wait for these files.
import { mayInspect, noInspector } from "./border/inspector-access.ts";
import type * as ConsoleRequests from "./console/console-requests.ts";
import type * as Consoles from "./console/consoles.ts";
import { ownPart } from "./instance/own-part.ts";
import type { Runner } from "./runs/runner.ts";
import type { OpenConsoles } from "./runs/session.ts";

/** This long after the agent has started, loading does not slow the app's start. */
const EARLY_MS = 100;

/** The consoles of an agent. The first console loads acorn and opens the inspector sessions. */
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
    this.#all?.then((consoles) => consoles.close()).catch(() => {}); // consoles that could not be opened need no closing
  }

  #opened(): Promise<Consoles.Consoles> {
    // After a failure, for example in a Node without an inspector, the next console tries again.
    this.#all ??= this.#start().catch((error: unknown) => {
      this.#all = undefined;
      throw error;
    });
    return this.#all;
  }

  async #start(): Promise<Consoles.Consoles> {
    // Another runtime than Node cannot even load the files.
    if (!mayInspect()) throw noInspector("open a console");
    const { Consoles: all } = await loadConsoles();
    return all.start(this.#runner);
  }
}

/** The module for one connection's consoles. @throws RpcError REPLACED when its file is no longer on the disk. */
function loadConsoleRequests(): Promise<typeof ConsoleRequests> {
  return ownPart(() => import("./console/console-requests.ts"));
}

/** The module for an agent's consoles. @throws as {@link loadConsoleRequests}. */
function loadConsoles(): Promise<typeof Consoles> {
  return ownPart(() => import("./console/consoles.ts"));
}

/**
 * Loads both modules after a while. Their files have other names in each version, and a console must also open after
 * another version was installed. The returned function cancels this.
 */
export function loadConsolesSoon(): () => void {
  const timer = setTimeout(() => {
    Promise.all([loadConsoleRequests(), loadConsoles()]).catch(() => {}); // opening a console reports the failure
  }, EARLY_MS).unref();
  return () => clearTimeout(timer);
}
