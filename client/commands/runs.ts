// `runs` and `cancel`: list the runs in flight, and stop one.
import { formatDuration } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import type { RunDescription } from "../../shared/messages/messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { findAgent } from "../find/discover.ts";
import { Deadline } from "../wire/deadline.ts";
import { ANSWER_LIMIT_MS, CANCEL_WAIT_MS } from "../wire/limits.ts";
import { ask, request } from "../wire/request.ts";
import { answerTimeout } from "../terminal/call-timeout.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { Streams } from "../terminal/streams.ts";
import { oneLine } from "../terminal/visible.ts";

/** Prints the runs in flight, oldest first. */
export async function runs(
  options: GlobalOptions & { timeoutMs?: number | undefined },
  { stdout, stderr, env }: Streams,
): Promise<void> {
  const deadline = new Deadline(answerTimeout(options.timeoutMs, env, ANSWER_LIMIT_MS));
  const address = await findAgent(options, env);
  const { runs: found, stalledMs } = await ask(address, { method: "runs", deadline });
  if (stalledMs !== undefined)
    stderr.write(
      `${address.label} is stalled: its event loop has not turned for ${formatDuration(stalledMs)}; this is what it was asked for\n`,
    );
  if (options.json) stdout.write(`${JSON.stringify(found)}\n`);
  else stdout.write(found.map((run) => `${oneLine(runText(run))}\n`).join("") || "no runs in flight\n");
}

/**
 * Cancels a run.
 *
 * @throws RpcError TIMEOUT when the task has not stopped in time, UNKNOWN_RUN when there is no such run.
 */
export async function cancel(
  options: GlobalOptions & { run: string; waitMs?: number | undefined; timeoutMs?: number | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const { run, timeoutMs = CANCEL_WAIT_MS, waitMs = timeoutMs } = options;
  const deadline = new Deadline(waitMs);
  const address = await findAgent(options, env);
  const params = { run, ...defined({ waitMs: deadline.leftMs }) };
  const result = await request(address, { method: "cancel", params, deadline });
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
