// `runs` and `cancel`: what is in flight, and how to stop it.
import { formatDuration } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import type { CancelResult, RunDescription, RunsResult } from "../../shared/messages.ts";
import { findAgent } from "../discover.ts";
import { answerLimit, request } from "../request.ts";
import type { GlobalOptions } from "./global-options.ts";
import type { Streams } from "./streams.ts";

/** How long `cancel` waits for the task to stop. */
const CANCEL_WAIT_MS = 5000;

/** An answer that is this late will not come: the agent itself is suspended. */
const LATE_MS = 10_000;

/** Prints the runs in flight, oldest first. */
export async function runs(options: GlobalOptions, { stdout, stderr, env }: Streams): Promise<void> {
  const address = await findAgent(options, env);
  const { runs: found, stalledMs } = await request<RunsResult>(address, { method: "runs", params: {} });
  if (stalledMs !== undefined)
    stderr.write(
      `${address.label} is stalled: its event loop has not turned for ${formatDuration(stalledMs)}; this is what it was asked for\n`,
    );
  if (options.json) stdout.write(`${JSON.stringify(found)}\n`);
  else stdout.write(found.map((run) => `${runText(run)}\n`).join("") || "no runs in flight\n");
}

/**
 * Cancels a run.
 *
 * @throws RpcError TIMEOUT when the task has not stopped in time, UNKNOWN_RUN when there is no such run.
 */
export async function cancel(
  options: GlobalOptions & { run: string; waitMs?: number | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const { run, waitMs = CANCEL_WAIT_MS } = options;
  const address = await findAgent(options, env);
  const result = await request<CancelResult>(address, {
    method: "cancel",
    params: { run, waitMs },
    limit: answerLimit(address, waitMs + LATE_MS),
  });
  if (result.state === "running") {
    throw new RpcError("TIMEOUT", `Cancelled run ${run}, but its task still runs after ${formatDuration(waitMs)}`, {
      run,
      state: "running",
    });
  }
  const became = result.state === "stopped" ? "the task stopped" : "the task did not start";
  stdout.write(options.json ? `${JSON.stringify(result)}\n` : `Cancelled run ${run}: ${became}\n`);
}

function runText({ run, task, elapsedMs, state, progress }: RunDescription): string {
  const steps = progress
    ? `  ${progress.done}${progress.total === undefined ? "" : `/${progress.total}`} ${progress.message ?? ""}`
    : "";
  return `${run}  ${task}  ${state} for ${formatDuration(elapsedMs)}${steps}`.trimEnd();
}
