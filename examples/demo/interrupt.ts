// Ctrl-C, a closed terminal, a closed pipe: each ends the demo early, but only after it has cleaned up.

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 } as const;

/** The user ended the demo. */
export class Interrupted extends Error {
  readonly signal: keyof typeof NUMBERS;

  constructor(signal: keyof typeof NUMBERS) {
    super(`Interrupted by ${signal}`);
    this.signal = signal;
  }

  /** What a shell reports for a process that the signal ended. */
  get exitCode(): number {
    return 128 + NUMBERS[this.signal];
  }
}

/**
 * Rejects with {@link Interrupted} at the first signal. Later signals change nothing: cleaning up takes seconds at
 * most.
 */
export function onInterrupt(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => reject(new Interrupted(signal)));
    }
    process.stdout.on("error", () => reject(new Interrupted("SIGPIPE")));
    process.stderr.on("error", () => reject(new Interrupted("SIGPIPE")));
  });
}
