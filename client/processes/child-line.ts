// The line between a child and us: the fourth of its stdio, a pipe that goes both ways.
import type { ChildProcess } from "node:child_process";
import { PassThrough, type Duplex } from "node:stream";

/** The child's end is not ours to watch: its exit tells. One for which no descriptor was left has none, and is told of nothing. */
export function childLine({ stdio }: ChildProcess): Duplex {
  // Node's types do not know that it then has no `stdio` at all.
  const line = (stdio as ChildProcess["stdio"] | undefined)?.[3] as Duplex | undefined;
  return (line ?? new PassThrough()).on("error", () => {});
}
