// What a command reads and writes: passed in, so that a command never touches the process it runs in.

/** Something that text is written to. Writing never throws: what a failed write means is decided in one place. */
export interface Sink {
  /** Writes a text; on a terminal its control characters are shown, not obeyed. */
  write(text: string): void;
  /** Writes it as it is: for a terminal's own sequences, and for what its reader has asked for so. */
  pass?(text: string): void;
  /** While the reader is behind: resolves when it has caught up. Undefined when it has. */
  drained?(): Promise<void> | undefined;
  /** Nothing reaches the reader any more: for a command that has no other end. */
  readonly isGone?: boolean;
  isTTY?: boolean;
  columns?: number;
}

/** Writes to the sink as it is, control characters included. */
export function pass(sink: Sink, text: string): void {
  if (sink.pass) sink.pass(text);
  else sink.write(text);
}

/** A command's surroundings. */
export interface Streams {
  /** Results, and a task's own stdout. */
  stdout: Sink;
  /** Everything else. */
  stderr: Sink;
  env: Readonly<Record<string, string | undefined>>;
}
