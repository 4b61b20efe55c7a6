// `currentRun()`: which run is the code that asks part of?
import type { Runner } from "./runner.ts";
import type { RunContext } from "./task.ts";

/** The runners of this process's agents: one, save where an app starts several. */
export const runners = new Set<Runner>();

/** The run that the calling code is part of, from any depth of its async calls; undefined outside of one. */
export function currentRun(): RunContext | undefined {
  for (const runner of runners) {
    if (runner.current) return runner.current.context;
  }
  return undefined;
}
