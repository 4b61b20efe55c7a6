// `stack`: shows where the app's main thread is, even when nothing else in the app can answer.
import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration } from "../../shared/duration.ts";
import type { StackResult } from "../../shared/messages/messages.ts";
import { findAgent } from "../find/discover.ts";
import { Deadline } from "../wire/deadline.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import { request } from "../wire/request.ts";
import { answerTimeout } from "../terminal/call-timeout.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { frameText } from "../terminal/stalled-at.ts";
import { pass, type Streams } from "../terminal/streams.ts";

const CLEAR_SCREEN = "\u001b[H\u001b[2J";

/** The pause between two samples of `--watch`. */
const WATCH_EVERY_MS = 1000;

/** Prints the frames, innermost first; with `watch` again and again, until this process ends or the app is gone. */
export async function stack(
  options: GlobalOptions & { watch?: boolean; timeoutMs?: number | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const timeoutMs = answerTimeout(options.timeoutMs, env, ANSWER_LIMIT_MS);
  const address = await findAgent(options, env);
  do {
    const deadline = new Deadline(timeoutMs);
    const result = await request(address, { method: "stack", params: {}, deadline });
    if (options.watch && stdout.isTTY && env.TERM !== "dumb") pass(stdout, CLEAR_SCREEN);
    stdout.write(options.json ? `${JSON.stringify(result)}\n` : stackText(address.label, result));
    if (options.watch) await sleep(WATCH_EVERY_MS);
  } while (options.watch);
}

function stackText(label: string, { state, frames, stalledMs, inDebugger, console: busy }: StackResult): string {
  const turned = stalledMs > 0 ? `, and its event loop has not turned for ${formatDuration(stalledMs)}` : "";
  const stalled = busy === undefined ? turned : `${turned}: ${busy}`;
  if (state === "native") return `${label} is inside native code${stalled}\n`;
  if (state === "idle" && !inDebugger) return `${label} is idle: it waits for events\n`;
  return [
    `${label} is ${inDebugger ? "paused in a debugger" : "running"}${stalled}`,
    ...frames.map((frame) => `    at ${frameText(frame)}`),
    "",
  ].join("\n");
}
