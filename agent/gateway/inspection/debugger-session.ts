// Sends commands to the debugger through an inspector session on the main thread, and ends the session.
import type { Session } from "node:inspector";

/** Sends a command to the debugger; resolves when the main thread has answered. */
export function post(
  inspector: Session,
  method: "Debugger.enable" | "Debugger.pause" | "Debugger.resume" | "Debugger.disable",
): Promise<void> {
  return new Promise((resolve, reject) => {
    inspector.post(method, (error) => (error ? reject(error) : resolve()));
  });
}

/** Ends the session once the main thread has released it. */
export async function release(inspector: Session): Promise<void> {
  // Without waiting for this answer, a later session hangs on Node 20.
  await post(inspector, "Debugger.disable").catch(() => {}); // an inspector that cannot be disabled is still ended
  inspector.disconnect();
}
