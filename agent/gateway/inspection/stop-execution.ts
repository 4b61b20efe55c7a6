// Stops what a console's code is doing to the main thread, an endless loop included, without harm to the app. V8's
// termination unwinds everything up to the native call that began it, and Node ends the process where that was a timer or
// another callback of its own. So the main thread is paused first, and terminated only where its frames show that a console's
// evaluation is what executes; paused, it cannot move between the check and the act.
import { Session, type Debugger } from "node:inspector";
import { within } from "../../../shared/within.ts";
import { SourcePositions } from "./source-positions.ts";
import { post, release } from "./debugger-session.ts";

/** What became of the attempt. */
export type StopVerdict =
  | "stopped"
  /** It has left the evaluation meanwhile. */
  | "left"
  /** Terminated here, Node's own bookkeeping would be left in disorder: try again a moment later. */
  | "unsafe"
  /** It is inside native code and cannot be paused before that returns. */
  | "native";

/** A main thread in JavaScript pauses as soon as it gets a processor. */
const PAUSE_LIMIT_MS = 1000;

/** The function in ../../console/console-engine.ts in which a termination ends. */
const EVALUATING = "evaluateForConsole";

/** Names under which consoles evaluate; a function defined there keeps it when the app calls it. */
const CONSOLE_URL = "console/";

/** One attempt. */
export interface Stop {
  verdict: Promise<StopVerdict>;
  /** Resolves when the main thread has let go of the session, which one inside native code does only afterwards. */
  released: Promise<void>;
}

/** Tries once; `mark` is called while the main thread stands still and is about to be stopped. */
export function stopExecution(isExecuting: () => boolean, mark: () => void): Stop {
  const inspector = new Session();
  inspector.connectToMainThread();
  const attempt = stopPaused(inspector, isExecuting, mark);
  const verdict = within(PAUSE_LIMIT_MS, attempt, { late: (): StopVerdict => "native" });
  const end = () => release(inspector);
  return { verdict, released: verdict.then(end, end) };
}

async function stopPaused(inspector: Session, isExecuting: () => boolean, mark: () => void): Promise<StopVerdict> {
  const scripts = new SourcePositions();
  let expired = false;
  inspector.on("Debugger.scriptParsed", ({ params }) => scripts.add(params));
  const paused = new Promise<Debugger.CallFrame[]>((resolve) => {
    inspector.once("Debugger.paused", ({ params }) => resolve(params.callFrames));
  });
  const limit = setTimeout(() => (expired = true), PAUSE_LIMIT_MS);
  await post(inspector, "Debugger.enable");
  await post(inspector, "Debugger.pause");
  const frames = await paused;
  clearTimeout(limit);
  // Too late: the answer has been given, and it was not that something was stopped.
  const verdict = expired || !isExecuting() ? "left" : judge(frames, scripts);
  if (verdict === "stopped") {
    mark();
    // Its answer comes only after the termination, and that only after the pause.
    inspector.post("Runtime.terminateExecution");
  }
  await post(inspector, "Debugger.resume").catch(() => {}); // a pause may end by itself: there is nothing to resume then
  return verdict;
}

/**
 * Evaluated code is what executes where our function has called `post` of the inspector, and that a script of a console.
 * Any other frame directly above `post` is Node's own way in or out.
 */
function judge(frames: Debugger.CallFrame[], scripts: SourcePositions): StopVerdict {
  const ours = frames.findIndex(({ functionName }) => functionName === EVALUATING);
  const evaluated = frames[ours - 2];
  if (ours < 2 || frames[ours - 1]?.functionName !== "post" || !evaluated) return "left";
  if (!scripts.urlOf(evaluated.location.scriptId).startsWith(CONSOLE_URL)) return "left";
  // Node counts on leaving it: "async hook stack has become corrupted" ends the process.
  const isScoped = frames.slice(0, ours).some(({ functionName }) => functionName === "runInAsyncScope");
  return isScoped ? "unsafe" : "stopped";
}
