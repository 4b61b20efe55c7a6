// The line between a child and this process: the fourth of its stdio, a pipe in both directions.
import type { ChildProcess } from "node:child_process";
import { Duplex, PassThrough } from "node:stream";

/**
 * The line to the child. Errors of the line are ignored, because the child's exit says enough. A child for which no
 * descriptor was left has no line, and receives nothing.
 */
export function childLine({ stdio }: Partial<Pick<ChildProcess, "stdio">>): Duplex {
  // Node's types do not know that such a child has no `stdio` at all.
  const line = stdio?.at(-1);
  return (line instanceof Duplex ? line : new PassThrough()).on("error", () => {});
}
