// What `eval` runs before it loads anything: the pre_configure hooks, as `start` does, so that a task finds the app's
// configuration.
import type { Streams } from "../cli/streams.ts";
import { takeEarlySignals } from "./early-signals.ts";
import { checkHooks, listHooks } from "./hook-files.ts";
import { FIRST_HOOKS_MS, Hooks } from "./hooks.ts";
import type { Project } from "./project.ts";

/**
 * Runs the pre_configure hooks and resolves to the variables that they give. In a hook of the app's own it runs none: they have
 * run, or call this.
 *
 * @throws CommandFailure with the exit code of a hook that failed, 78 when one cannot be run.
 */
export async function configure(project: Project, streams: Streams): Promise<Record<string, string>> {
  const { env } = streams;
  if (env.REMSH_HOOK && env.REMSH_APP === project.app) return {};
  checkHooks(project, ["pre_configure"]);
  if (listHooks(project, "pre_configure").length === 0) return {};
  const signals = takeEarlySignals();
  const hooks = new Hooks({ project, streams, command: "eval", timeoutMs: FIRST_HOOKS_MS, signal: signals.stopped });
  try {
    await hooks.run("pre_configure");
    return hooks.variables.written;
  } finally {
    hooks.variables.remove();
    signals.ignore();
  }
}
