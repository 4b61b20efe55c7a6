// Decides whether a process listens at a Unix socket. Clients that look for an agent and agents that look for a free
// path use the same rule.
import { connect } from "node:net";
import { hasCode } from "./has-code.ts";

/** The errors of a connection at which no process listens. */
const NOBODY = ["ECONNREFUSED", "ENOENT"];

/**
 * False only if it is certain that no process listens there. A socket with a full queue belongs to a process. If this
 * process has no descriptor left, nothing is known, so the path is left alone.
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
