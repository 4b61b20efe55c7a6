// Whether a process listens at a Unix socket: the one rule for clients, which look for an agent, and for agents, which look for a
// path that is free.
import { connect } from "node:net";
import { hasCode } from "./has-code.ts";

/** What a connection fails with where no process listens. */
const NOBODY = ["ECONNREFUSED", "ENOENT"];

/**
 * True unless it is certain that no process listens there. A socket whose queue is full belongs to a process, and where this one has no
 * descriptor left nothing is known: the path is then left alone.
 */
export function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(socket, () => {
      attempt.destroy();
      resolve(true);
    });
    attempt.on("error", (error) => resolve(!NOBODY.some((code) => hasCode(error, code))));
  });
}
