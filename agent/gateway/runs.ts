// What is in flight: the runner knows of tasks and consoles, the gateway of expressions. While the event loop does not turn,
// which is when somebody wants to know what runs, the gateway tells what it has passed on.
import { RpcError } from "../../shared/errors.ts";
import type { RunDescription, RunsResult } from "../../shared/messages.ts";
import { askRunner } from "./ask-runner.ts";
import type { Gateway } from "./gateway.ts";

/**
 * The runs in flight, oldest first.
 *
 * @throws RpcError when the main thread does not tell, although its event loop turns.
 */
export async function describeRuns(gateway: Gateway): Promise<RunsResult> {
  if (gateway.stalledMs !== undefined) return passedOn(gateway);
  try {
    const { runs } = await askRunner<RunsResult>(gateway, "runs");
    return { runs: oldestFirst([...runs, ...gateway.evaluations.describe()]) };
  } catch (error) {
    if (error instanceof RpcError && error.code === "STALLED") return passedOn(gateway);
    throw error;
  }
}

function passedOn(gateway: Gateway): RunsResult {
  const runs = [...gateway.connections].flatMap((connection) => connection.runs);
  return { runs: oldestFirst([...runs, ...gateway.evaluations.describe()]), stalledMs: gateway.stalledMs ?? 0 };
}

function oldestFirst(runs: RunDescription[]): RunDescription[] {
  return runs.sort((a, b) => b.elapsedMs - a.elapsedMs);
}
