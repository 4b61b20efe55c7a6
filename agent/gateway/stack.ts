// Where the main thread is, also when it is stuck: the gateway pauses it through an inspector session, reads the frames
// and lets it go on, all within some 30 ms. A main thread in an endless loop can be paused as well as any other.
import { Session, type Debugger } from "node:inspector";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import type { StackFrame, StackResult } from "../../shared/messages.ts";
import { within } from "../../shared/within.ts";
import { SourcePositions } from "./source-positions.ts";
import { post, release } from "./debugger-session.ts";

/** An idle main thread pauses at its next heartbeat, a busy one as soon as it gets a processor; else it is in native code. */
const PAUSE_LIMIT_MS = 1500;

/** Frames of this package: the heartbeat that an idle main thread is caught in; what it evaluates is called `remsh/…`. */
const OWN_FOLDER = new URL(".", import.meta.url).href;

/** One look at the main thread. */
export interface Look {
  /** What was seen; it takes at most {@link PAUSE_LIMIT_MS}. */
  result: Promise<Omit<StackResult, "stalledMs">>;
  /** Resolves when the main thread has let go of the session, which one inside native code does only afterwards. */
  released: Promise<void>;
}

/** Looks where the main thread is. */
export function lookAtStack(): Look {
  const session = new Session();
  session.connectToMainThread();
  const nothing = (): Omit<StackResult, "stalledMs"> => ({ state: "native", frames: [] });
  const result = within(PAUSE_LIMIT_MS, sample(session), { late: nothing });
  const end = () => release(session);
  return { result, released: result.then(end, end) };
}

async function sample(session: Session): Promise<Omit<StackResult, "stalledMs">> {
  const positions = new SourcePositions();
  session.on("Debugger.scriptParsed", ({ params }) => positions.add(params));
  const paused = new Promise<Debugger.CallFrame[]>((resolve) => {
    session.once("Debugger.paused", ({ params }) => resolve(params.callFrames));
  });
  await post(session, "Debugger.enable");
  await post(session, "Debugger.pause");
  const callFrames = await paused;
  // A pause that fell between two callbacks may end by itself at once: there is nothing to resume then.
  await post(session, "Debugger.resume").catch(() => {});
  const frames = callFrames.map((frame) => toFrame(frame, positions)).filter((frame) => frame !== undefined);
  return { state: frames.length === 0 ? "idle" : "running", frames };
}

function toFrame(frame: Debugger.CallFrame, positions: SourcePositions): StackFrame | undefined {
  const { scriptId, lineNumber, columnNumber = 0 } = frame.location;
  const url = positions.urlOf(scriptId);
  if (url === "" || url.startsWith("node:") || url.startsWith("remsh/") || url.startsWith(OWN_FOLDER)) return undefined;
  const place = positions.original(scriptId, lineNumber, columnNumber);
  return {
    function: frame.functionName || "(anonymous)",
    file: toPath(place.file),
    line: place.line + 1,
    column: place.column + 1,
  };
}

function toPath(url: string): string {
  if (isAbsolute(url) || !url.startsWith("file:")) return url;
  return fileURLToPath(url.replace(/[?#].*$/, ""));
}
