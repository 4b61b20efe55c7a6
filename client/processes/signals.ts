// The signals that `start` gets once nothing but the app is left to run: they are the app's.

/** Asked to end: the first of these stops the app in order, a second one reaches the app at once. */
export const STOPPING = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const;
/** Passed on as they come. SIGUSR1 is not: Node itself starts its inspector by it. */
export const PASSED = ["SIGUSR2", "SIGWINCH", "SIGCONT"] as const;

/** Who gets them. */
export interface SignalTarget {
  /** Stops the app in order. */
  stop(signal: NodeJS.Signals): void;
  /** Gives the app the signal at once. */
  pass(signal: NodeJS.Signals): void;
}

/** This process's signals, taken before the app is there: one that came in between would end us, and leave the app alone. */
export class Signals {
  #first: NodeJS.Signals | undefined;
  #target: SignalTarget | undefined;

  /** Takes them, until `ignore`. */
  constructor() {
    for (const signal of STOPPING) process.on(signal, this.#stop);
    for (const signal of PASSED) process.on(signal, this.#pass);
  }

  /** The first that asked to end. */
  get first(): NodeJS.Signals | undefined {
    return this.#first;
  }

  /** Gives it those that come from now on, and the first that asked to end. */
  giveTo(target: SignalTarget): void {
    this.#target = target;
    if (this.#first) target.stop(this.#first);
  }

  ignore(): void {
    for (const signal of STOPPING) process.off(signal, this.#stop);
    for (const signal of PASSED) process.off(signal, this.#pass);
  }

  readonly #stop = (signal: NodeJS.Signals): void => {
    if (this.#first) return this.#target?.pass(signal);
    this.#first = signal;
    this.#target?.stop(signal);
  };

  readonly #pass = (signal: NodeJS.Signals): void => this.#target?.pass(signal);
}

/**
 * Resolves when the signals that this process has got have reached their listeners, which only a turn of the event loop
 * brings. Two turns: the first may be past the place where it looks for them.
 */
export async function signalsHeard(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** What a start says that is asked to end too early. */
export function interruptedBy(signal: NodeJS.Signals): string {
  return `Interrupted by ${signal} before the app was started`;
}
