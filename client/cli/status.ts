// `status`: how the running app is, on one screen.
import { formatDuration } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import type { DescribeResult, PingResult, RunsResult } from "../../shared/messages.ts";
import type { Address } from "../address.ts";
import { findAgent } from "../discover.ts";
import type { GlobalOptions } from "./global-options.ts";
import { answerLimit, request } from "../request.ts";
import { probe } from "./probe.ts";
import { stalledAt } from "./stalled-at.ts";
import type { Streams } from "./streams.ts";

/** An event loop that stops turning meanwhile does not hold the screen back. */
const LOOK_LIMIT_MS = 2000;

/** What `status` shows beside what the agent knows: the same in two forms. */
export interface MoreStatus {
  json: object;
  text: string;
}

/** What of the app's tasks and runs could be learnt; a stalled app tells nothing of its tasks. */
interface Work {
  /** How many there are. */
  tasks?: number;
  /** Why there are none. */
  tasksFailure?: string;
  /** How many are in flight. */
  runs?: number;
}

type FullStatus = PingResult & Work & { stalledAt?: string; socket: string };

/** Prints what the agent knows of the app; a stalled app is told with the place where it is stuck. */
export async function status(
  { more, ...options }: GlobalOptions & { more?: MoreStatus | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const address = await findAgent(options, env);
  const result = await probe(address, "/readyz");
  const isStalled = result.status === "stalled" || result.ready === "stalled";
  const place = isStalled ? await stalledAt(address) : undefined;
  const work = { ...(isStalled ? {} : await tasksOf(address)), ...(await runsOf(address)) };
  const full = { ...result, ...(place !== undefined && { stalledAt: place }), ...work, socket: address.socket };
  stdout.write(
    options.json ? `${JSON.stringify({ ...full, ...more?.json })}\n` : `${statusText(full)}${more?.text ?? ""}`,
  );
}

/** A module of tasks that cannot be loaded keeps no traffic from the app: its state stays what it is. */
async function tasksOf(address: Address): Promise<Work> {
  try {
    const limit = answerLimit(address, LOOK_LIMIT_MS);
    const { tasks } = await request<DescribeResult>(address, { method: "describe", params: {}, limit });
    return { tasks: tasks.length };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return error.code === "TASKS_NOT_LOADED" ? { tasksFailure: error.message } : {};
  }
}

async function runsOf(address: Address): Promise<Work> {
  try {
    const limit = answerLimit(address, LOOK_LIMIT_MS);
    const { runs } = await request<RunsResult>(address, { method: "runs", params: {}, limit });
    return { runs: runs.length };
  } catch (error) {
    if (error instanceof RpcError) return {}; // the rest of the screen is true without them
    throw error;
  }
}

function statusText(result: FullStatus): string {
  const rows: [string, string][] = [
    ["state", stateText(result)],
    ["version", result.version],
    ["pid", String(result.pid)],
    ["node", result.node],
    ["uptime", formatDuration(result.uptimeMs)],
    ["memory", `${Math.round(result.rssBytes / 1024 / 1024)} MiB resident`],
    ["loop delay", formatDuration(result.loopDelayMs)],
    ...workRows(result),
    ["socket", result.socket],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(10)}  ${value}`);
  return `${[`${result.app} ${result.instance}`, ...lines].join("\n")}\n`;
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
  const detail = [reason, place, busy].filter((part) => part !== undefined).join(", ");
  return detail === "" ? ready : `${ready}: ${detail}`;
}
