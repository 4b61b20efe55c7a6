// `currentRun()`: the run that the calling code is part of.
import type { RunContext } from "../tasks/task.ts";

type Current = () => RunContext | undefined;

// A registered symbol, since a process may load a second copy of this package, for example after `npm ci` under the
// running app.
const RUNNERS = Symbol.for("remsh.runners");

/**
 * One entry per agent in this process, which gives the agent's current run. Usually there is one agent; an app may
 * start several.
 */
export const runners: Set<Current> = shared();

/** The run that the calling code is part of, at any depth of its async calls. Undefined outside a run. */
export function currentRun(): RunContext | undefined {
  for (const current of runners) {
    const context = current();
    if (context) return context;
  }
  return undefined;
}

function shared(): Set<Current> {
  // Only copies of this module know the symbol.
  const there = Reflect.get(globalThis, RUNNERS) as Set<Current> | undefined;
  if (there) return there;
  const value = new Set<Current>();
  Object.defineProperty(globalThis, RUNNERS, { value });
  return value;
}
