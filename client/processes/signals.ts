// The signals that `start` receives once only the app is left to run: they are meant for the app.

/** Signals that ask to end: the first stops the app in order, a second one is sent to the app at once. */
export const STOPPING = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const;
/** Signals that are passed on as they come. SIGUSR1 is not among them: it starts Node's own inspector. */
export const PASSED = ["SIGUSR2", "SIGWINCH", "SIGCONT"] as const;

/** The receiver of the signals. */
export interface SignalTarget {
  /** Stops the app in order. */
  stop(signal: NodeJS.Signals): void;
  /** Gives the app the signal at once. */
  pass(signal: NodeJS.Signals): void;
}

/**
 * This process's signals. Listening begins before the app starts: a signal in between would end this process and leave
 * the app alone.
 */
export class Signals {
  #first: NodeJS.Signals | undefined;
  #target: SignalTarget | undefined;

  /** Listens until `ignore`. */
  constructor() {
    for (const signal of STOPPING) process.on(signal, this.#stop);
    for (const signal of PASSED) process.on(signal, this.#pass);
  }

  /** The first signal that asked to end. */
  get first(): NodeJS.Signals | undefined {
    return this.#first;
  }

  /** Passes all later signals to the target, and the first that asked to end. */
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
 * Resolves when the signals that this process has received have reached their listeners, which takes a turn of the
 * event loop. It waits two turns: the first may already be past the point at which signals are read.
 */
export async function signalsHeard(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** The sentence of a start that is asked to end too early. */
export function interruptedBy(signal: NodeJS.Signals): string {
  return `Interrupted by ${signal} before the app was started`;
}
