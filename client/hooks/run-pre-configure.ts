// Runs the pre_configure hooks for `eval`, as `start` does, so that a task finds the app's configuration.
import type { Streams } from "../terminal/streams.ts";
import type { Deadline } from "../wire/deadline.ts";
import { takeEarlySignals } from "../processes/early-signals.ts";
import { checkHooks, listHooks } from "./hook-files.ts";
import { FIRST_HOOKS_MS, Hooks } from "./hooks.ts";
import type { Project } from "../project/project.ts";

/** When the hooks must have ended, and the error if one has not. That hook is killed with all its children. */
export interface ConfigureLimit {
  deadline: Deadline;
  late: (became?: string) => Error;
}

/**
 * Runs the pre_configure hooks and resolves to the variables that they set. Inside a hook of the same app it runs none:
 * they have already run, or one of them is calling this.
 *
 * @throws CommandFailure with the exit code of a hook that failed, 78 when one cannot be run; the limit's error.
 */
export async function runPreConfigure(
  project: Project,
  streams: Streams,
  { deadline, late }: ConfigureLimit,
): Promise<Record<string, string>> {
  const { env } = streams;
  if (env.REMSH_HOOK && env.REMSH_APP === project.app) return {};
  checkHooks(project, ["pre_configure"]);
  if (listHooks(project, "pre_configure").length === 0) return {};
  const signals = takeEarlySignals();
  const over = new AbortController();
  const signal = AbortSignal.any([signals.stopped, over.signal]);
  const hooks = new Hooks({ project, streams, command: "eval", timeoutMs: FIRST_HOOKS_MS, signal });
  const giveUp = () => over.abort(late(hooks.running && killed(hooks.running)));
  const timer = deadline.leftMs === undefined ? undefined : setTimeout(giveUp, deadline.leftMs);
  try {
    await hooks.run("pre_configure");
    return hooks.variables.written;
  } finally {
    clearTimeout(timer);
    hooks.variables.remove();
    signals.ignore();
  }
}

function killed(hook: string): string {
  return `the hook "${hook}" was killed, and the task did not start`;
}
