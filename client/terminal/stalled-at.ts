// Says where a stalled app is stuck, in a few words for the end of a sentence.
import path from "node:path";
import type { StackFrame } from "../../shared/messages/messages.ts";
import { stackResult } from "../../shared/messages/ping-shapes.ts";
import { read } from "../../shared/messages/shape.ts";
import type { Address } from "../wire/address.ts";
import { toError } from "../wire/answers.ts";
import { Deadline } from "../wire/deadline.ts";
import { DETAIL_LIMIT_MS } from "../wire/limits.ts";
import { singleResponse } from "../wire/single-response.ts";

/** `at hash (lib/report.js:88)`, or undefined if it is not known by then. */
export async function stalledAt(address: Address, within: Deadline): Promise<string | undefined> {
  try {
    const { leftMs = DETAIL_LIMIT_MS } = within;
    const deadline = leftMs < DETAIL_LIMIT_MS ? within : new Deadline(DETAIL_LIMIT_MS);
    const { result, error } = await singleResponse(address, { method: "stack", params: {}, deadline });
    if (error) throw toError(error);
    const { frames, state, inDebugger } = read(stackResult, result, (reason) => new TypeError(reason));
    if (state === "native") return "in native code";
    const place = frames[0] && `at ${frameText(frames[0])}`;
    if (!inDebugger) return place;
    return ["paused in a debugger", place].filter((part) => part !== undefined).join(" ");
  } catch {
    return undefined; // the sentence about the stall is true without the place
  }
}

/** `hash (lib/report.js:88)`: the file relative to the working directory, if it is below that. */
export function frameText({ function: name, file, line }: StackFrame): string {
  const relative = path.relative(process.cwd(), file);
  const shown = path.isAbsolute(file) && !/^\.\.(\/|$)/.test(relative) ? relative : file;
  return `${name} (${shown}:${line})`;
}
