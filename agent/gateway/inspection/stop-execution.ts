// Stops the code of a console on the main thread, even an endless loop, without harm to the app. V8's termination
// unwinds everything up to the native call that began it, and Node ends the process if that was a timer or another of
// Node's callbacks. So the main thread is paused first, and terminated only if its frames show that a console's
// evaluation is executing. While it is paused, it cannot move between the check and the termination.
import type { Debugger } from "node:inspector";
import type { SourcePositions } from "./source-positions.ts";
import { whilePaused, type Pausing } from "./while-paused.ts";

/** The result of the attempt. */
export type StopVerdict =
  | "stopped"
  /** The code has left the evaluation meanwhile. */
  | "left"
  /**
   * A termination here would leave Node's own bookkeeping in disorder, or a debugger holds the main thread: try again a
   * moment later.
   */
  | "unsafe"
  /** The code is inside a native call and cannot be paused before that returns. */
  | "native";

/** A main thread that executes JavaScript pauses as soon as it gets a processor. */
const PAUSE_LIMIT_MS = 1000;

/** The function in ../../console/console-engine.ts in which a termination ends. */
const EVALUATING = "evaluateForConsole";

/**
 * The prefix of the names under which consoles evaluate. A function that was defined there keeps the name when the app
 * calls it.
 */
const CONSOLE_URL = "console/";

/** Node's script that calls async hooks, on all supported versions. */
const HOOKS_URL = "node:internal/async_hooks";

/** Tries once. `mark` is called while the main thread is paused and is about to be stopped. */
export function stopExecution(isExecuting: () => boolean, mark: () => void): Pausing<StopVerdict> {
  return whilePaused<StopVerdict>({
    limitMs: PAUSE_LIMIT_MS,
    late: "native",
    work: ({ frames, scripts, isLate, isHeld }, inspector) => {
      if (isHeld) return "unsafe";
      const verdict = isLate || !isExecuting() ? "left" : judge(frames, scripts);
      if (verdict === "stopped") {
        mark();
        // The answer comes only after the termination, and the termination comes only after the pause, so it is not
        // awaited.
        inspector.post("Runtime.terminateExecution");
      }
      return verdict;
    },
  });
}

/**
 * Evaluated code is executing if our function has called the inspector's `post`, and if the frame above that is in a
 * console's script. Any other frame directly above `post` is Node's own way in or out.
 */
function judge(frames: Debugger.CallFrame[], scripts: SourcePositions): StopVerdict {
  const ours = frames.findIndex(({ functionName }) => functionName === EVALUATING);
  const evaluated = frames[ours - 2];
  if (ours < 2 || frames[ours - 1]?.functionName !== "post" || !evaluated) return "left";
  if (!scripts.urlOf(evaluated.location.scriptId).startsWith(CONSOLE_URL)) return "left";
  return frames.slice(0, ours).some((frame) => mustReturn(frame, scripts)) ? "unsafe" : "stopped";
}

/**
 * True for Node's own functions that must leave by their `finally`, which a termination skips. After `runInAsyncScope`,
 * "async hook stack has become corrupted" would end the process. After a hook, Node would count itself inside that hook
 * for good, and hooks that the app enables later would never run.
 */
function mustReturn({ functionName, location }: Debugger.CallFrame, scripts: SourcePositions): boolean {
  return functionName === "runInAsyncScope" || scripts.urlOf(location.scriptId) === HOOKS_URL;
}
