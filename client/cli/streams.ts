// What a command reads and writes: passed in, so that a command never touches the process it runs in.

/** Something that text is written to. */
export interface Sink {
  write(text: string): unknown;
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
