// Where the main thread is, also when it is stuck: the gateway pauses it through an inspector session, reads the frames
// and lets it go on, all within some 30 ms. A main thread in an endless loop can be paused as well as any other.
import { Session, type Debugger } from "node:inspector";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import type { StackFrame, StackResult } from "../../../shared/messages/messages.ts";
import { within } from "../../../shared/within.ts";
import { SourcePositions } from "./source-positions.ts";
import { post, release } from "./debugger-session.ts";

/** An idle main thread pauses at its next heartbeat, a busy one as soon as it gets a processor; else it is in native code. */
const PAUSE_LIMIT_MS = 1500;

/** Frames of this package: the heartbeat that an idle main thread is caught in; what it evaluates is called `remsh/…`. */
const OWN_FOLDER = new URL(".", import.meta.url).href;

/** One sample of the main thread's stack. */
export interface StackSample {
  /** What was seen; it takes at most {@link PAUSE_LIMIT_MS}. */
  result: Promise<Omit<StackResult, "stalledMs">>;
  /** Resolves when the main thread has let go of it, which one inside native code does only afterwards. */
  released: Promise<void>;
}

/** Pauses the main thread for a moment, to see where it is. */
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
  // A pause that fell between two callbacks may end by itself at once: there is nothing to resume then.
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
