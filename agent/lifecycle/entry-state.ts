// Whether the app's entry has been evaluated to its end, for how long it has, and where it is meanwhile.
import { reasonOf } from "../tasks/thrown.ts";
import { appSources } from "./app-sources.ts";
import { entryFile, entryLoaded } from "./entry-loaded.ts";

/** An entry that takes longer than this may never end, as with a consumer's loop at the top level. */
export const PATIENCE_MS = 5000;

/** The state of this process's entry. */
export class EntryState {
  /** When its evaluation ended, on `performance.now()`; undefined before. */
  evaluatedAt: number | undefined;
  /** Resolves when its evaluation has ended. */
  readonly evaluated: Promise<void>;
  readonly #since = performance.now();
  /** Why its evaluation failed. Node ends the process, unless the app catches everything. */
  #failure: string | undefined;

  constructor() {
    this.evaluated = entryLoaded().then(
      () => void (this.evaluatedAt = performance.now()),
      (error: unknown) => void (this.#failure = reasonOf(error)),
    );
  }

  /** True when it was evaluated {@link PATIENCE_MS} ago, or has been evaluated for that long without an end. */
  get isOld(): boolean {
    return performance.now() - (this.evaluatedAt ?? this.#since) >= PATIENCE_MS;
  }

  /** What the app's source says; read when this is first called. */
  get sources(): ReturnType<typeof appSources> {
    return appSources(entryFile(), { awaits: this.evaluatedAt === undefined });
  }

  /** Where it is, if it has not been evaluated: `its entry awaits at server.js:5`. */
  async where(): Promise<string | undefined> {
    if (this.evaluatedAt !== undefined) return undefined;
    if (this.#failure !== undefined) return `its entry failed: ${this.#failure}`;
    const { awaits } = this.isOld ? await this.sources : { awaits: [] };
    const [first, ...others] = awaits;
    if (first === undefined) return "its entry has not been evaluated yet";
    // Which of several it is cannot be seen.
    return `its entry awaits at ${[first, ...others.slice(0, 2)].join(" or ")}`;
  }
}

let state: EntryState | undefined;

/** The state of the entry. The first call begins to watch it. */
export function entryState(): EntryState {
  return (state ??= new EntryState());
}
