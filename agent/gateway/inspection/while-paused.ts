// Pauses the main thread through an inspector session. This works even in an endless loop, but not inside native code.
import { Session, type Debugger } from "node:inspector";
import { within } from "../../../shared/within.ts";
import { SourcePositions } from "./source-positions.ts";

/** The main thread while it is paused. */
export interface Pause {
  /** The innermost first. */
  frames: Debugger.CallFrame[];
  /** The scripts that are loaded. */
  scripts: SourcePositions;
  /** Whether the pause began after its limit: the caller already has the answer for that. */
  isLate: boolean;
  /** Whether a debugger holds the main thread there. It is then not resumed. */
  isHeld: boolean;
}

/** Something that is done while the main thread is paused. */
export interface WhilePaused<Result> {
  /** How long the pause may take to begin, in milliseconds. */
  limitMs: number;
  /** What `result` resolves to if it takes longer. */
  late: Result;
  /** Called while the main thread is paused. The thread resumes when this has returned, unless a debugger holds it. */
  work: (pause: Pause, inspector: Session) => Result;
}

/** A pause that was asked for. */
export interface Pausing<Result> {
  /** Resolves within the limit. */
  result: Promise<Result>;
  /** Resolves when the main thread has released the session. Inside native code that happens only afterwards. */
  released: Promise<void>;
}

/** Pauses the main thread for a moment. */
export function whilePaused<Result>({ limitMs, late, work }: WhilePaused<Result>): Pausing<Result> {
  const inspector = new Session();
  inspector.connectToMainThread();
  let isLate = false;
  const giveUp = (): Result => {
    isLate = true;
    return late;
  };
  const working = pause(inspector, (paused) => work({ ...paused, isLate }, inspector));
  const result = within(limitMs, working, { late: giveUp });
  const end = () => release(inspector);
  return { result, released: result.then(end, end) };
}

async function pause<Result>(inspector: Session, work: (pause: Omit<Pause, "isLate">) => Result): Promise<Result> {
  const scripts = new SourcePositions();
  inspector.on("Debugger.scriptParsed", ({ params }) => scripts.add(params));
  let wasPaused = false;
  const paused = new Promise<Debugger.PausedEventDataType>((resolve) => {
    inspector.once("Debugger.paused", ({ params }) => resolve(params));
  });
  void paused.then(() => (wasPaused = true));
  await post(inspector, "Debugger.enable");
  // A pause that is reported before this answer is not ours: a debugger holds the thread at a breakpoint, or by its
  // pause button.
  const isAnothers = wasPaused;
  if (!isAnothers) await post(inspector, "Debugger.pause");
  const { callFrames: frames, hitBreakpoints = [] } = await paused;
  const isHeld = isAnothers || hitBreakpoints.length > 0;
  const result = work({ frames, scripts, isHeld });
  // A pause between two callbacks may have ended already: then there is nothing to resume.
  if (!isHeld) await post(inspector, "Debugger.resume").catch(() => {});
  return result;
}

function post(
  inspector: Session,
  method: "Debugger.enable" | "Debugger.pause" | "Debugger.resume" | "Debugger.disable",
): Promise<void> {
  return new Promise((resolve, reject) => {
    inspector.post(method, (error) => (error ? reject(error) : resolve()));
  });
}

async function release(inspector: Session): Promise<void> {
  // Without waiting for this answer, a later session hangs on Node 20.
  await post(inspector, "Debugger.disable").catch(() => {}); // an inspector that cannot be disabled is still ended
  inspector.disconnect();
}
