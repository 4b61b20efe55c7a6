// `status`: shows the state of the running app on one screen.
import { columns } from "../../shared/columns.ts";
import { formatDuration } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import type { DescribeResult, PingResult, RunsResult } from "../../shared/messages/messages.ts";
import { findAgent } from "../find/discover.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { Deadline } from "../wire/deadline.ts";
import { ANSWER_LIMIT_MS, DETAIL_LIMIT_MS } from "../wire/limits.ts";
import { ask } from "../wire/request.ts";
import { answerTimeout } from "../terminal/call-timeout.ts";
import { probe } from "../wire/probe.ts";
import { stalledAt } from "../terminal/stalled-at.ts";
import type { Streams } from "../terminal/streams.ts";
import { oneLine } from "../terminal/visible.ts";

/** What `status` shows in addition to what the agent knows, as text and as JSON. */
export interface MoreStatus {
  json: object;
  text: string;
}

/** What is known about the app's tasks and runs. A stalled app says nothing about its tasks. */
interface Work {
  /** How many tasks there are. */
  tasks?: number;
  /** Why no tasks are known. */
  tasksFailure?: string;
  /** How many runs are in flight. */
  runs?: number;
}

type FullStatus = PingResult & Work & { stalledAt?: string; socket: string };

/** Prints what the agent knows about the app; for a stalled app, also where it is stuck. */
export async function status(
  { more, timeoutMs, ...options }: GlobalOptions & { more?: MoreStatus | undefined; timeoutMs?: number | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const deadline = new Deadline(answerTimeout(timeoutMs, env, ANSWER_LIMIT_MS));
  const address = await findAgent(options, env);
  const result = await probe(address, "/readyz", deadline);
  const isStalled = result.status === "stalled" || result.ready === "stalled";
  const place = isStalled ? await stalledAt(address, deadline) : undefined;
  const soon = (deadline.leftMs ?? 0) < DETAIL_LIMIT_MS ? deadline : new Deadline(DETAIL_LIMIT_MS);
  const [tasks, runs] = await Promise.all([
    isStalled ? {} : learn(ask(address, { method: "describe", deadline: soon }), tasksOf),
    learn(ask(address, { method: "runs", deadline: soon }), runsOf),
  ]);
  const full = {
    ...result,
    ...(place !== undefined && { stalledAt: place }),
    ...tasks,
    ...runs,
    socket: address.socket,
  };
  stdout.write(
    options.json ? `${JSON.stringify({ ...full, ...more?.json })}\n` : `${statusText(full)}${more?.text ?? ""}`,
  );
}

function tasksOf({ tasks }: DescribeResult): Work {
  return { tasks: tasks.length };
}

function runsOf({ runs }: RunsResult): Work {
  return { runs: runs.length };
}

/**
 * Waits briefly for an answer. The rest of the screen is correct without it, and so is the state of an app without its
 * tasks.
 */
async function learn<Result>(answer: Promise<Result>, work: (result: Result) => Work): Promise<Work> {
  try {
    return work(await answer);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return error.code === "TASKS_NOT_LOADED" ? { tasksFailure: error.message } : {};
  }
}

function statusText(result: FullStatus): string {
  const rows: [string, string][] = [
    ["state", stateText(result)],
    ...whenRows(result),
    ["version", oneLine(result.version)],
    ["pid", String(result.pid)],
    ["node", result.node],
    ["uptime", formatDuration(result.uptimeMs)],
    ["memory", `${Math.round(result.rssBytes / 1024 / 1024)} MiB resident`],
    ["loop delay", formatDuration(result.loopDelayMs)],
    ...workRows(result),
    ["socket", result.socket],
  ];
  const lines = columns(rows, { indent: "  ", least: 10 });
  return `${[`${result.app} ${result.instance}`, ...lines].join("\n")}\n`;
}

/** An older agent does not say what decides. */
function whenRows({ readyWhen }: PingResult): [string, string][] {
  return readyWhen === undefined ? [] : [["ready when", oneLine(readyWhen)]];
}

function workRows({ tasks, tasksFailure, runs }: Work): [string, string][] {
  const rows: [string, string][] = [];
  if (tasks !== undefined) rows.push(["tasks", String(tasks)]);
  if (tasksFailure !== undefined)
    rows.push(["tasks", tasksFailure.replace(/^Cannot load the app's tasks/, "cannot be loaded")]);
  if (runs !== undefined) rows.push(["runs", runs === 0 ? "none in flight" : `${runs} in flight`]);
  return rows;
}

function stateText({
  ready = "ready",
  reason,
  stalledAt: place,
  console: busy,
}: PingResult & { stalledAt?: string }): string {
  const detail = oneLine([reason, place, busy].filter((part) => part !== undefined).join(", "));
  return detail === "" ? ready : `${ready}: ${detail}`;
}
