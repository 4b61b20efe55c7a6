// `start`: runs the first hooks, starts the app in the foreground, passes signals to it, and exits as the app exits.
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";
import { namesIn } from "../../shared/manifest.ts";
import { defined } from "../../shared/messages/protocol.ts";
import type { Target } from "../find/discover.ts";
import type { Streams } from "../terminal/streams.ts";
import { ownEnvironment } from "../find/node-options.ts";
import { WAITING_FILE } from "../lifecycle/announce-start.ts";
import { appCommand } from "../project/app-command.ts";
import { inPlaceOf, orphanedApp, type AppWithoutAgent } from "../lifecycle/app-without-agent.ts";
import { givenDescriptors } from "../lifecycle/given-descriptors.ts";
import { replaceProcess } from "../processes/replace-process.ts";
import { refuseOldNode } from "../processes/refuse-old-node.ts";
import { takeEarlySignals } from "../processes/early-signals.ts";
import { checkHooks } from "../hooks/hook-files.ts";
import { missingIn } from "../hooks/hook-variables.ts";
import { FIRST_HOOKS_MS, Hooks, refuseInHook } from "../hooks/hooks.ts";
import { giveBack } from "../processes/lock-holder.ts";
import { withoutOwn } from "../project/given-environment.ts";
import { LOG_FILE } from "../project/log-file.ts";
import { startLock, takeStart } from "../lifecycle/start-lock.ts";
import { ownSocket, refuseSecondStart } from "../lifecycle/refuse-second-start.ts";
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
  /** False: run no hooks, from here to the app's end. Default: true. */
  hooks?: boolean | undefined;
  /** Take over an app whose `start` was killed, if there is one. */
  adopt?: boolean | undefined;
}

/**
 * Starts the app and resolves to its exit code when it has ended. If Node can, this process becomes the supervisor's
 * program before that.
 *
 * @throws CommandFailure with the exit code of a hook that failed, 75 when an instance of this name runs; UsageError
 * when one of the app's hooks asks for it.
 */
export async function start(options: StartOptions, { env: given, ...sinks }: Streams): Promise<number> {
  const { [WAITING_FILE]: waitingFile, [LOG_FILE]: log, ...all } = { ...given, ...named(options) };
  const asked = withoutOwn(all);
  const project = findProject(options, asked);
  const env = options.adopt ? besideOrphan(project, options, asked) : asked;
  refuseInHook("start", project, env);
  refuseOldNode(project.app);
  const descriptors = givenDescriptors(project.app, given);
  const signals = takeEarlySignals();
  const lock = startLock(project, env);
  try {
    const waited = await takeStart(lock, project.app);
    const orphan = options.adopt ? orphanedApp(project, options, env) : undefined;
    // After waiting for another start, a running instance is the one that was wanted. A daemon never means one more.
    const mayBeOneMore = waitingFile === undefined && !waited && !options.adopt;
    if (!orphan) await refuseSecondStart(project, { ...sinks, env }, { mayBeOneMore });
    const preparation = { project, streams: { ...sinks, env }, signal: signals.stopped };
    const { settings, variables } = await (options.hooks !== false && !orphan
      ? prepare(preparation)
      : withoutHooks(preparation));
    const added = { ...variables, ...projectVariables(project, env) };
    const plan: SupervisionPlan = {
      ...planOf({ options, project, settings, env, added, orphan }),
      ...(log && { log: { ...readLogSettings(project), file: log } }),
      ...(waitingFile !== undefined && { waitingFile }),
      ...(descriptors && { descriptors }),
      lock,
    };
    await signalsHeard();
    signals.stopped.throwIfAborted();
    // From here on a signal ends this process, which has started nothing yet: the program that it becomes would not
    // receive the signal.
    signals.ignore();
    // Another program would not have the descriptors.
    if (!descriptors)
      replaceProcess("supervisor.cjs", { ...ownEnvironment({ ...all, ...env }), [PLAN]: JSON.stringify(plan) });
    return await supervise(plan, { ...sinks, env }, new Signals());
  } finally {
    giveBack(lock);
    signals.ignore();
  }
}

interface Planned {
  options: StartOptions;
  project: Project;
  settings: Settings;
  env: Environment;
  /** The variables that are added to them. */
  added: Record<string, string>;
  orphan: AppWithoutAgent | undefined;
}

function planOf({ options, project, settings, env, added, orphan }: Planned): Omit<SupervisionPlan, "lock"> {
  const { hookTimeoutMs, onFailure, stopTimeoutMs } = settings;
  const words = orphan?.words ?? options.words;
  return {
    app: project.app,
    root: project.root,
    command: appCommand({ project, settings, words, nodeOptions: added.NODE_OPTIONS ?? env.NODE_OPTIONS }),
    ...{ words, variables: added },
    ...(orphan && { adopts: adoptionOf(orphan) }),
    ...{ withHooks: options.hooks !== false, hookTimeoutMs, onFailure, stopTimeoutMs },
    record: recordPrefix(project, env),
    ...defined({ instance: env.REMSH_INSTANCE || namesIn(project.manifest).instance }),
    ...socketOf(project, { ...env, ...added }),
  };
}

/** The environment in which the orphan's record and lock are found: it may run in another runtime directory. */
function besideOrphan(project: Project, options: StartOptions, env: Environment): Environment {
  const orphan = orphanedApp(project, options, env);
  return orphan ? inPlaceOf(orphan.address, env) : env;
}

function adoptionOf({ process, instance, address: { socket }, isUp }: AppWithoutAgent): Adoption {
  const { pid, start: began } = process;
  return { pid, start: began, instance, socket, isUp };
}

function socketOf(project: Project, env: Environment): Pick<SupervisionPlan, "socket"> {
  const socket = ownSocket(project, env);
  return socket === undefined ? {} : { socket: path.resolve(project.root, socket) };
}

interface Preparation {
  project: Project;
  streams: Streams;
  signal: AbortSignal;
}

interface Prepared {
  settings: Settings;
  /** What hooks and package.json set for the app. */
  variables: Record<string, string>;
}

/** Everything before the app starts. A hook that fails ends the start. */
async function prepare({ project, streams, signal }: Preparation): Promise<Prepared> {
  const hooks = new Hooks({ project, streams, command: "start", timeoutMs: FIRST_HOOKS_MS, signal });
  // Check all hooks now: a hook that cannot run should fail before the app is up, not when its turn comes.
  checkHooks(project);
  try {
    await hooks.run("pre_configure");
    // Read only now, because the hooks before may have written package.json.
    const settings = readSettings(findProject({ app: project.app }, streams.env));
    hooks.timeoutMs = settings.hookTimeoutMs;
    hooks.variables.provide(settings.env);
    await hooks.run("post_configure");
    await hooks.run("pre_start");
    return { settings, variables: hooks.variables.written };
  } finally {
    hooks.variables.remove();
  }
}

function withoutHooks({ project, streams }: Preparation): Prepared {
  const settings = readSettings(project);
  return { settings, variables: missingIn(streams.env, settings.env) };
}
