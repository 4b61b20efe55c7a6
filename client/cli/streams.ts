// What a command reads and writes: passed in, so that a command never touches the process it runs in.

/** Something that text is written to. Writing never throws: what a failed write means is decided in one place. */
export interface Sink {
  write(text: string): void;
  /** While the reader is behind: resolves when it has caught up. Undefined when it has. */
  drained?(): Promise<void> | undefined;
  /** Nothing reaches the reader any more: for a command that has no other end. */
  readonly isGone?: boolean;
  isTTY?: boolean;
  columns?: number;
}

/** A command's surroundings. */
export interface Streams {
  /** Results, and a task's own stdout. */
  stdout: Sink;
  /** Everything else. */
  stderr: Sink;
  env: Readonly<Record<string, string | undefined>>;
}
