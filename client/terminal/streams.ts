// The input and output of a command. They are passed in, so that a command never touches the process it runs in.

/** A destination for text. Writing never throws; one place decides what a failed write means. */
export interface Sink {
  /** Writes a text; a terminal shows its control characters instead of obeying them. */
  write(text: string): void;
  /** Writes it unchanged: for a terminal's own sequences, and when the user asked for that. */
  pass?(text: string): void;
  /** While the reader is behind: resolves when it has caught up. Undefined when it is not behind. */
  drained?(): Promise<void> | undefined;
  /** The reader has gone: for a command that would otherwise not end. */
  readonly isGone?: boolean;
  isTTY?: boolean;
  columns?: number;
}

/** Writes to the sink unchanged, control characters included. */
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
