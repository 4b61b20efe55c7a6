// What every look at the main thread does with its inspector session: asks the debugger, and lets go.
import type { Session } from "node:inspector";

/** Asks the debugger; resolves when the main thread has answered. */
export function post(
  session: Session,
  method: "Debugger.enable" | "Debugger.pause" | "Debugger.resume" | "Debugger.disable",
): Promise<void> {
  return new Promise((resolve, reject) => {
    session.post(method, (error) => (error ? reject(error) : resolve()));
  });
}

/** Ends the session when the main thread has let go of it. */
export async function release(session: Session): Promise<void> {
  // Without waiting for this answer a later session hangs on Node 20.
  await post(session, "Debugger.disable").catch(() => {}); // a session that cannot be disabled is ended all the same
  session.disconnect();
}
