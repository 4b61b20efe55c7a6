// Answers `stack`: where the main thread is, and which console has brought it there.
import type { StackResult } from "../../shared/messages/messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import type { AppState } from "./admission/app-state.ts";
import type { BusyConsoles } from "./consoles/busy-consoles.ts";
import type { Inspection } from "./inspection/inspection.ts";
import { STALLED_AFTER_MS } from "./admission/limits.ts";

/** What the answer is made from. */
export interface StackOptions {
  app: AppState;
  inspection: Inspection;
  consoles: BusyConsoles;
}

/**
 * Samples where the main thread is now.
 *
 * @throws RpcError NOT_SUPPORTED when the process may not use the inspector.
 */
export async function mainThreadStack({ app, inspection, consoles }: StackOptions): Promise<StackResult> {
  const { stalledMs } = app;
  const { sentence } = consoles;
  const { state, frames, inDebugger } = await inspection.stack();
  // A sample rarely catches a loop of awaits inside one of its frames. An event loop that does not turn is not idle.
  const seen = state === "idle" && stalledMs >= STALLED_AFTER_MS ? "running" : state;
  return { state: seen, frames, stalledMs, ...defined({ inDebugger, console: sentence }) };
}
