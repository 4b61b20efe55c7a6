// Finds out where the main thread is, even when it is stuck. The gateway pauses it through an inspector session, reads
// the frames and resumes it, all within some 30 ms. This works even in an endless loop.
import type { Debugger } from "node:inspector";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import type { StackFrame, StackResult } from "../../../shared/messages/messages.ts";
import type { SourcePositions } from "./source-positions.ts";
import { whilePaused, type Pause, type Pausing } from "./while-paused.ts";

/**
 * An idle main thread pauses at its next heartbeat, a busy one as soon as it gets a processor. Otherwise it is in
 * native code.
 */
export const PAUSE_LIMIT_MS = 1500;

/**
 * Marks frames of this package, such as the heartbeat in which an idle main thread is paused. Evaluated code is named
 * `remsh/…`.
 */
const OWN_FOLDER = new URL(".", import.meta.url).href;

/** One sample of the main thread's stack; it takes at most {@link PAUSE_LIMIT_MS}. */
export type StackSample = Pausing<Omit<StackResult, "stalledMs">>;

/** Pauses the main thread for a moment, to read its stack. */
export function sampleStack(): StackSample {
  const seen = whilePaused<Pause | undefined>({ limitMs: PAUSE_LIMIT_MS, late: undefined, work: (pause) => pause });
  // The main thread continues meanwhile: reading source maps may take long.
  return { ...seen, result: seen.result.then((pause) => (pause ? stackOf(pause) : { state: "native", frames: [] })) };
}

function stackOf({ frames: all, scripts, isHeld }: Pause): Omit<StackResult, "stalledMs"> {
  const frames = all.map((frame) => toFrame(frame, scripts)).filter((frame) => frame !== undefined);
  return { state: frames.length === 0 ? "idle" : "running", frames, ...(isHeld && { inDebugger: true }) };
}

function toFrame(frame: Debugger.CallFrame, positions: SourcePositions): StackFrame | undefined {
  const { scriptId, lineNumber, columnNumber = 0 } = frame.location;
  const url = positions.urlOf(scriptId);
  if (url === "" || url.startsWith("node:") || url.startsWith("remsh/") || url.startsWith(OWN_FOLDER)) return undefined;
  const position = positions.original(scriptId, lineNumber, columnNumber);
  return {
    function: frame.functionName || "(anonymous)",
    file: toPath(position.file),
    line: position.line + 1,
    column: position.column + 1,
  };
}

function toPath(url: string): string {
  if (isAbsolute(url) || !url.startsWith("file:")) return url;
  return fileURLToPath(url.replace(/[?#].*$/, ""));
}
