// `start`: runs the first hooks, then starts the app in the foreground, passes signals on, and ends as the app ends.
import { namesIn } from "../../shared/manifest.ts";
import { defined } from "../../shared/messages/protocol.ts";
import type { Target } from "../find/discover.ts";
import type { Streams } from "../terminal/streams.ts";
import { ownEnvironment } from "../find/node-options.ts";
import { WAITING_FILE } from "../lifecycle/announce-start.ts";
import { appCommand } from "../project/app-command.ts";
import { orphanedApp, type AppWithoutAgent } from "../lifecycle/app-without-agent.ts";
import { replaceProcess } from "../processes/replace-process.ts";
import { takeEarlySignals } from "../processes/early-signals.ts";
import { checkHooks } from "../hooks/hook-files.ts";
import { FIRST_HOOKS_MS, Hooks, refuseInHook } from "../hooks/hooks.ts";
import { giveBack } from "../processes/lock-holder.ts";
import { LOG_FILE } from "../project/log-file.ts";
import { startLock, takeStart } from "../lifecycle/start-lock.ts";
import { refuseSecondStart } from "../lifecycle/refuse-second-start.ts";
import { findProject, named, projectVariables, type Project } from "../project/project.ts";
import { readLogSettings, readSettings, type Settings } from "../project/settings.ts";
import { Signals, signalsHeard } from "../processes/signals.ts";
import { supervise } from "../lifecycle/supervise.ts";
import { recordPrefix } from "../lifecycle/supervised-apps.ts";
import { PLAN, type Adoption, type SupervisionPlan } from "../lifecycle/supervision-plan.ts";

/** Options of `start`. */
export interface StartOptions extends Pick<Target, "app" | "instance"> {
  /** The app's own arguments. */
  words: readonly string[];
  /** False: without hooks, from here to the app's end. Default: with them. */
  hooks?: boolean | undefined;
  /** Take over an app whose `start` was killed, where there is one. */
  adopt?: boolean | undefined;
}

/**
 * Starts the app and resolves to its exit code when it has ended; where Node can, this process becomes the supervisor's
 * program before that.
 *
 * @throws CommandFailure with the exit code of a hook that failed, 75 when an instance of this name runs; UsageError when a
 * hook of the app's asks for it.
 */
export async function start(options: StartOptions, { env: given, ...sinks }: Streams): Promise<number> {
  const { [WAITING_FILE]: waitingFile, [LOG_FILE]: log, ...env } = { ...given, ...named(options) };
  const project = findProject(options, env);
  refuseInHook("start", project, env);
  const signals = takeEarlySignals();
  const lock = startLock(project, env);
  try {
    const waited = await takeStart(lock, project.app);
    const orphan = options.adopt ? orphanedApp(project, options, env) : undefined;
    // What has become ready meanwhile is the instance that was meant. A daemon means no other in any case.
    const mayBeOneMore = waitingFile === undefined && !waited && !options.adopt;
    if (!orphan) await refuseSecondStart(project, { ...sinks, env }, { mayBeOneMore });
    const withHooks = options.hooks !== false;
    const preparation = { project, streams: { ...sinks, env }, signal: signals.stopped };
    const { settings, variables } = await (withHooks && !orphan ? prepare(preparation) : withoutHooks(preparation));
    const { hookTimeoutMs, onFailure, stopTimeoutMs } = settings;
    const plan: SupervisionPlan = {
      app: project.app,
      root: project.root,
      command: appCommand({ project, settings, words: options.words }),
      ...(orphan && { adopts: adoptionOf(orphan) }),
      ...{ withHooks, hookTimeoutMs, onFailure, stopTimeoutMs },
      ...(log && { log: { ...readLogSettings(project), file: log } }),
      ...(waitingFile !== undefined && { waitingFile }),
      lock,
      record: recordPrefix(project, env),
      ...defined({ instance: env.REMSH_INSTANCE || namesIn(project.manifest).instance }),
    };
    const appEnv = { ...env, ...variables, ...projectVariables(project, env) };
    await signalsHeard();
    signals.stopped.throwIfAborted();
    // From here on one ends this process, which has started nothing: a program that it becomes would never hear of it.
    signals.ignore();
    replaceProcess("supervisor.cjs", { ...ownEnvironment(appEnv), [PLAN]: JSON.stringify(plan) });
    return await supervise(plan, { ...sinks, env: appEnv }, new Signals());
  } finally {
    giveBack(lock);
    signals.ignore();
  }
}

function adoptionOf({ process: { pid, start: began }, instance, address: { socket } }: AppWithoutAgent): Adoption {
  return { pid, start: began, instance, socket };
}

interface Preparation {
  project: Project;
  streams: Streams;
  signal: AbortSignal;
}

interface Prepared {
  settings: Settings;
  /** What hooks give the app. */
  variables: Record<string, string>;
}

/** Everything before the app: a hook that fails ends the start. */
async function prepare({ project, streams, signal }: Preparation): Promise<Prepared> {
  const hooks = new Hooks({ project, streams, command: "start", timeoutMs: FIRST_HOOKS_MS, signal });
  // One that cannot be run is told before the app is up, and not when its turn comes.
  checkHooks(project);
  try {
    await hooks.run("pre_configure");
    // Read only now: the hooks before may have written it.
    const settings = readSettings(findProject({ app: project.app }, streams.env));
    hooks.timeoutMs = settings.hookTimeoutMs;
    await hooks.run("post_configure");
    await hooks.run("pre_start");
    return { settings, variables: hooks.variables.written };
  } finally {
    hooks.variables.remove();
  }
}

function withoutHooks({ project }: Preparation): Prepared {
  return { settings: readSettings(project), variables: {} };
}
