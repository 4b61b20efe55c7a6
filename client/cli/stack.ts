// `stack`: where the app's main thread is, also when nothing else in the app can answer.
import { formatDuration } from "../../shared/duration.ts";
import type { StackResult } from "../../shared/protocol.ts";
import { findAgent } from "../discover.ts";
import { request } from "../request.ts";
import type { GlobalOptions } from "./commands.ts";
import { frameText } from "./stalled-at.ts";
import type { Streams } from "./streams.ts";

/** Prints the frames, innermost first. */
export async function stack(options: GlobalOptions, { stdout, env }: Streams): Promise<void> {
  const address = await findAgent(options, env);
  const result = await request<StackResult>(address, { method: "stack", params: {} });
  stdout.write(options.json ? `${JSON.stringify(result)}\n` : stackText(address.label, result));
}

function stackText(label: string, { state, frames, stalledMs }: StackResult): string {
  const stalled = stalledMs > 0 ? `, and its event loop has not turned for ${formatDuration(stalledMs)}` : "";
  if (state === "native") return `${label} is inside native code${stalled}\n`;
  if (state === "idle") return `${label} is idle: it waits for events\n`;
  return [`${label} is running${stalled}`, ...frames.map((frame) => `    at ${frameText(frame)}`), ""].join("\n");
}
