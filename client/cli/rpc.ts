// `rpc`: calls a task, streams its output as it comes, prints its result, and lets Ctrl-C cancel it.
import { randomBytes } from "node:crypto";
import { RpcError, TaskError } from "../../shared/errors.ts";
import { connectionLost } from "../../shared/outcomes.ts";
import {
  defined,
  type CallParams,
  type CallResult,
  type DescribeResult,
  type RunProgress,
} from "../../shared/protocol.ts";
import { decode } from "../../shared/values.ts";
import { findAgent, type Address } from "../discover.ts";
import { request } from "../request.ts";
import type { GlobalOptions } from "./command-line.ts";
import { reportFailure } from "./failure.ts";
import { onInterrupt } from "./interrupt.ts";
import { RunDisplay } from "./run-display.ts";
import type { Streams } from "./streams.ts";
import { readTaskArguments } from "./task-arguments.ts";

/** Options of `rpc`. */
export interface RpcOptions extends GlobalOptions {
  task: string;
  /** The words after the task's name. */
  words: string[];
  timeoutMs?: number | undefined;
}

/** An answer that is this late after the deadline will not come: the agent itself is stopped. */
const LATE_MS = 5000;

/** Calls the task; resolves to the exit code. */
export async function rpc(options: RpcOptions, streams: Streams): Promise<number> {
  const address = await findAgent(options, streams.env);
  const run = randomBytes(5).toString("hex");
  const args = await argumentsFor(address, options);
  const params: CallParams = { task: options.task, run, args, ...defined({ timeoutMs: options.timeoutMs }) };
  const display = new RunDisplay(streams, options.json ?? false);
  const left = onInterrupt({ run, task: options.task, address }, streams.stderr);
  try {
    return await Promise.race([left.promise, call(address, params, display)]);
  } catch (error) {
    display.endProgress();
    return reportRunFailure(error, { run, task: options.task, display, streams, json: options.json ?? false });
  } finally {
    left.stop();
  }
}

async function call(address: Address, params: CallParams & { run?: string }, display: RunDisplay): Promise<number> {
  const { task, run = "", timeoutMs } = params;
  const result = await request<CallResult>(address, {
    method: "call",
    params,
    onOutput: (output) => display.output(output),
    onProgress: (progress: RunProgress) => display.progress(progress),
    lost: () => connectionLost(address.label, { run, task }, "unknown"),
    answerWithinMs: timeoutMs === undefined ? null : timeoutMs + LATE_MS,
  });
  const value = decode(result, result.encoding && (await import("devalue")));
  display.result(result, value);
  return 0;
}

interface FailedRun {
  run: string;
  task: string;
  display: RunDisplay;
  streams: Streams;
  json: boolean;
}

function reportRunFailure(error: unknown, { run, task, display, streams, json }: FailedRun): number {
  // The task succeeded; only its value could not be sent. Its looks were.
  if (error instanceof RpcError && error.code === "NOT_SERIALIZABLE") {
    display.looks(run, error.text ?? "");
    return 0;
  }
  // A verdict that the task chose is its message alone; anything else is told with all that is known of it.
  if (error instanceof TaskError && error.exitCode === undefined && !json) {
    streams.stderr.write(`"${task}" threw ${error.report}\n`);
    return 1;
  }
  return reportFailure(error, streams, json);
}

async function argumentsFor(address: Address, { task, words }: RpcOptions): Promise<unknown[]> {
  if (words.length === 0) return [];
  const { tasks } = await request<DescribeResult>(address, { method: "describe", params: {} });
  return readTaskArguments(task, words, tasks.find(({ name }) => name === task)?.parameters);
}
