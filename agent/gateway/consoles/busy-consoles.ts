// Finds the console, on any connection, that keeps the main thread busy, so that others can be told of it, and can stop
// it.
import { formatDuration } from "../../../shared/duration.ts";
import type { ConnectionConsoles } from "./connection-consoles.ts";
import type { ConsoleWatch } from "./console-watch.ts";

/** The consoles of all connections. */
export class BusyConsoles {
  readonly #consoles = new Set<ConnectionConsoles>();

  add(consoles: ConnectionConsoles): void {
    this.#consoles.add(consoles);
  }

  delete(consoles: ConnectionConsoles): void {
    this.#consoles.delete(consoles);
  }

  /** Says whose console keeps the main thread busy, for the error sentence about a stalled app. */
  get sentence(): string | undefined {
    for (const { busy } of this.#consoles) {
      if (busy) return `the console of ${busy.who} has been executing for ${formatDuration(busy.executingMs)}`;
    }
    return undefined;
  }

  /** The watch on the evaluation with this run, if that evaluation keeps the main thread busy. */
  watchOf(run: string): ConsoleWatch | undefined {
    for (const consoles of this.#consoles) {
      const watch = consoles.busyWatch(run);
      if (watch) return watch;
    }
    return undefined;
  }
}
