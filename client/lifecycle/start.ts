// `start`: runs the hooks, starts the app in the foreground, passes signals on, and ends as the app ends. This process
// stays for as long as the app runs, so it loads no more than it needs.
import type { Target } from "../discover.ts";
import type { Streams } from "../cli/streams.ts";
import { AppProcess } from "./app-process.ts";
import { announce, READY_FD } from "./announce.ts";
import { checkHooks } from "./hook-files.ts";
import { Hooks, refuseInHook } from "./hooks.ts";
import { keepLog } from "./log-file.ts";
import { findProject, type Project } from "./project.ts";
import { readSettings, type Settings } from "./settings.ts";
import { onSignals } from "./signals.ts";
import { Supervisor } from "./supervisor.ts";

/** Options of `start`. */
export interface StartOptions extends Pick<Target, "app" | "instance"> {
  /** The app's own arguments. */
  words: readonly string[];
}

/**
 * Starts the app and resolves to its exit code when it has ended.
 *
 * @throws CommandFailure with the exit code of a hook that failed; UsageError when a hook of the app's asks for it.
 */
export async function start(options: StartOptions, { env: given, ...sinks }: Streams): Promise<number> {
  const { [READY_FD]: readyFd, ...env } = { ...given, ...named(options) };
  const streams = { ...sinks, env };
  const project = findProject(options, streams.env);
  refuseInHook("start", project, streams.env);
  const signals = onSignals();
  try {
    const settings = await prepare(project, streams, signals.stopped);
    const app = new AppProcess({ project, settings, words: options.words, env: streams.env });
    const supervisor = new Supervisor(app, { project, settings, streams, announce: announce(env, readyFd) });
    signals.passTo(supervisor);
    keepLog(project, env);
    return await supervisor.ended();
  } finally {
    signals.ignore();
  }
}

/** Everything before the app: a hook that fails ends the start. */
async function prepare(project: Project, streams: Streams, signal: AbortSignal): Promise<Settings> {
  const hooks = new Hooks({ project, streams, command: "start", timeoutMs: FIRST_HOOKS_MS, signal });
  // One that cannot be run is told before the app is up, and not when its turn comes.
  checkHooks(project);
  await hooks.run("pre_configure");
  // Read only now: the hooks before may have written it.
  const settings = readSettings(findProject({ app: project.app }, streams.env));
  hooks.timeoutMs = settings.hookTimeoutMs;
  await hooks.run("post_configure");
  await hooks.run("pre_start");
  return settings;
}

/** For pre_configure, before the settings are read. */
const FIRST_HOOKS_MS = 300_000;

/** The names that the command line gave, as the environment has them. */
export function named({ app, instance }: Pick<Target, "app" | "instance">): Record<string, string> {
  return { ...(app !== undefined && { REMSH_APP: app }), ...(instance !== undefined && { REMSH_INSTANCE: instance }) };
}
