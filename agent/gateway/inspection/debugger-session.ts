// Asks the debugger through an inspector session on the main thread, and ends the session.
import type { Session } from "node:inspector";

/** Asks the debugger; resolves when the main thread has answered. */
export function post(
  inspector: Session,
  method: "Debugger.enable" | "Debugger.pause" | "Debugger.resume" | "Debugger.disable",
): Promise<void> {
  return new Promise((resolve, reject) => {
    inspector.post(method, (error) => (error ? reject(error) : resolve()));
  });
}

/** Ends the session when the main thread has let go of it. */
export async function release(inspector: Session): Promise<void> {
  // Without waiting for this answer a later session hangs on Node 20.
  await post(inspector, "Debugger.disable").catch(() => {}); // a inspector that cannot be disabled is ended all the same
  inspector.disconnect();
}
