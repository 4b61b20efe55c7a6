// `cancel` of a console's evaluation that keeps the main thread busy: it is interrupted from here, as by Ctrl-C.
import { setTimeout as sleep } from "node:timers/promises";
import type { CancelResult, RunsResult } from "../../shared/messages.ts";
import { askRunner } from "./ask-runner.ts";
import { INTERRUPT_LIMIT_MS, type ConsoleEvaluation } from "./console-evaluation.ts";
import type { Gateway } from "./gateway.ts";

/** How often the main thread is asked whether the run has ended. */
const LOOK_EVERY_MS = 50;

/**
 * Interrupts the evaluation, and says what became of its run: it may have got to an `await` meanwhile, and go on after that.
 *
 * @throws RpcError STALLED when it cannot be interrupted without harm to the app: it is told so when the event loop turns.
 */
export async function cancelBusy(
  gateway: Gateway,
  evaluation: ConsoleEvaluation,
  { run, waitMs }: { run: string; waitMs: number },
): Promise<CancelResult> {
  const giveUpAt = Date.now() + waitMs;
  try {
    await evaluation.interrupt(Math.min(waitMs, INTERRUPT_LIMIT_MS));
  } catch {
    throw gateway.notHeard(run); // what is said of any other run that the main thread cannot be told of
  }
  for (;;) {
    const { runs } = await askRunner<RunsResult>(gateway, { method: "runs", params: {} });
    if (!runs.some((known) => known.run === run)) return { run, state: "stopped" };
    if (Date.now() >= giveUpAt) return { run, state: "running" };
    await sleep(LOOK_EVERY_MS);
  }
}
