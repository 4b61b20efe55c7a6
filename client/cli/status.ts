// `status`: how the running app is, on one screen.
import { formatDuration } from "../../shared/duration.ts";
import type { PingResult } from "../../shared/messages.ts";
import { findAgent } from "../discover.ts";
import type { GlobalOptions } from "./global-options.ts";
import { probe } from "./probe.ts";
import { stalledAt } from "./stalled-at.ts";
import type { Streams } from "./streams.ts";

/** What `status` shows beside what the agent knows: the same in two forms. */
export interface MoreStatus {
  json: object;
  text: string;
}

/** Prints what the agent knows of the app; a stalled app is told with the place where it is stuck. */
export async function status(
  { more, ...options }: GlobalOptions & { more?: MoreStatus | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const address = await findAgent(options, env);
  const result = await probe(address, "/readyz");
  const place = result.status === "stalled" ? await stalledAt(address) : undefined;
  const full = { ...result, ...(place !== undefined && { stalledAt: place }), socket: address.socket };
  stdout.write(
    options.json ? `${JSON.stringify({ ...full, ...more?.json })}\n` : `${statusText(full)}${more?.text ?? ""}`,
  );
}

function statusText(result: PingResult & { stalledAt?: string; socket: string }): string {
  const rows: [string, string][] = [
    ["state", stateText(result)],
    ["version", result.version],
    ["pid", String(result.pid)],
    ["node", result.node],
    ["uptime", formatDuration(result.uptimeMs)],
    ["memory", `${Math.round(result.rssBytes / 1024 / 1024)} MiB resident`],
    ["loop delay", formatDuration(result.loopDelayMs)],
    ["socket", result.socket],
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(10)}  ${value}`);
  return `${[`${result.app} ${result.instance}`, ...lines].join("\n")}\n`;
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
