// Finds out where the main thread is, even when it is stuck. The gateway pauses it through an inspector session, reads
// the frames and resumes it, all within some 30 ms. This works even in an endless loop.
import { Session, type Debugger } from "node:inspector";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import type { StackFrame, StackResult } from "../../../shared/messages/messages.ts";
import { within } from "../../../shared/within.ts";
import { SourcePositions } from "./source-positions.ts";
import { post, release } from "./debugger-session.ts";

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

/** One sample of the main thread's stack. */
export interface StackSample {
  /** The sample; it takes at most {@link PAUSE_LIMIT_MS}. */
  result: Promise<Omit<StackResult, "stalledMs">>;
  /** Resolves when the main thread has released the session. Inside native code that happens only afterwards. */
  released: Promise<void>;
}

/** Pauses the main thread for a moment, to read its stack. */
export function sampleStack(): StackSample {
  const inspector = new Session();
  inspector.connectToMainThread();
  const nothing = (): Omit<StackResult, "stalledMs"> => ({ state: "native", frames: [] });
  const result = within(PAUSE_LIMIT_MS, sample(inspector), { late: nothing });
  const end = () => release(inspector);
  return { result, released: result.then(end, end) };
}

async function sample(inspector: Session): Promise<Omit<StackResult, "stalledMs">> {
  const positions = new SourcePositions();
  inspector.on("Debugger.scriptParsed", ({ params }) => positions.add(params));
  const paused = new Promise<Debugger.CallFrame[]>((resolve) => {
    inspector.once("Debugger.paused", ({ params }) => resolve(params.callFrames));
  });
  await post(inspector, "Debugger.enable");
  await post(inspector, "Debugger.pause");
  const callFrames = await paused;
  // A pause between two callbacks may have ended already: then there is nothing to resume.
  await post(inspector, "Debugger.resume").catch(() => {});
  const frames = callFrames.map((frame) => toFrame(frame, positions)).filter((frame) => frame !== undefined);
  return { state: frames.length === 0 ? "idle" : "running", frames };
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
