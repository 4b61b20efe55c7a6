// `startAgent()`: the call that an app makes. A problem with the machine (a read-only disk, a path that is taken or too
// long, an invalid name) costs the app its agent, but never ends the app.
import path from "node:path";
import { isMainThread } from "node:worker_threads";
import { directoryName, runtimeDirectory, socketPath } from "../shared/addresses.ts";
import type { Limits } from "../shared/messages/messages.ts";
import type { GatewayData, HealthAddress, Identity } from "./border/channel.ts";
import { DEFAULT_LIMITS } from "./border/limits.ts";
import { optionsFromManifest } from "./config.ts";
import { checkReady } from "./lifecycle/check-ready.ts";
import type { ReadySetting } from "../shared/ready-setting.ts";
import { identify } from "./instance/identity.ts";
import { warn } from "./instance/warn.ts";
import { startedApp, type StartedApp } from "./instance/started-app.ts";
import { firstCopy, mainThreadHasAgent, secondAgent, serveCopies } from "./one-agent.ts";
import { takePreloaded } from "./preloaded.ts";
import { importTasksAnew } from "./lifecycle/reload.ts";
import type { OnReload } from "./tasks/reload-queue.ts";
import { RunningAgent, type Agent, type RunningAgentOptions } from "./running-agent.ts";
import { tellOfFailure } from "./lifecycle/supervision.ts";
import { taskLoader } from "./tasks/task-loader.ts";
import { taskImporter, taskModule } from "./tasks/task-module.ts";

/** Options of {@link startAgent}. */
export interface AgentOptions {
  /**
   * The tasks: functions and `task()`s in namespaces, or a function that loads them when they are first needed.
   * Default: the module that package.json names, else none.
   */
  tasks?: object | (() => object | Promise<object>);
  /**
   * Load the tasks as soon as the app's entry has been loaded, and not when the first task is needed. An app that runs
   * out of descriptors or memory later can then still execute its tasks. Default: false; `remsh start` does so for the
   * module that package.json names.
   */
  preload?: boolean;
  /** The app's name. Default: REMSH_APP, else package.json's name without its scope. */
  app?: string;
  /** The app's version. Default: REMSH_VERSION, else package.json's. */
  version?: string;
  /** Names this process among the instances of the app. Default: REMSH_INSTANCE, else the pid. */
  instance?: string;
  /** What tasks get as `context`: the database pool, the configuration, … */
  context?: Readonly<Record<string, unknown>>;
  /**
   * Whether the app is ready for traffic, asked by `ping --ready` and `/readyz`. A function: false or a throw means no.
   * `"listening"`: a server of the process listens. A number: one listens at this port. A path: the app's server answers
   * a GET of it with a status below 400. `"evaluated"`: the entry has been evaluated. Default: "ready" in package.json,
   * else `"listening"` for an app that opens a server, and some seconds after the entry was evaluated for one without.
   */
  ready?: ReadySetting | (() => unknown);
  /**
   * Called by `reload` after the task module, if package.json names one, has been imported again. It reads the app's
   * configuration again. Its `signal` fires when the caller's deadline passes (default 5 s). Reloads run one after the
   * other. If it throws, the old tasks stay and `reload` fails with RELOAD_FAILED. Default: no configuration is read
   * again.
   */
  onReload?: OnReload;
  /** The socket's path. Default: REMSH_SOCKET, else `<runtime directory>/<app>/<instance>.sock`. */
  socket?: string;
  /**
   * Reject when the agent cannot run here. Default: false; then a warning is emitted and the app continues without an
   * agent.
   */
  required?: boolean;
  /** A TCP port that answers only `/livez` and `/readyz`. Default: REMSH_HEALTH_PORT, else none. */
  healthPort?: number;
  /**
   * The address at which that port is opened: `127.0.0.1` for this machine only. Default: REMSH_HEALTH_HOST, else every
   * address.
   */
  healthHost?: string;
  /** Limits that differ from the defaults. */
  limits?: Partial<Limits>;
}

/**
 * Starts the agent in this process and resolves when it listens. A process has one agent, on its main thread: a second
 * call for the same socket, or one in a worker thread, changes nothing.
 *
 * @throws TypeError when `tasks`, `ready`, `onReload` or `limits` are invalid; with `required` also when anything else
 * keeps the agent from running.
 */
export async function startAgent(options: AgentOptions = {}): Promise<Agent> {
  if (!isMainThread) return startInThread(options);
  // Only copies of this function are registered there.
  const first = firstCopy() as typeof startAgent | undefined;
  if (first !== undefined && first !== startAgent) return first(options);
  const { tasks = tasksOfManifest() } = options;
  const loadTasks = taskLoader(tasks, () => taskModule(startedApp().manifest));
  checkFunctions(options);
  const reloadTasks = typeof tasks === "function" ? importTasksAnew : undefined;
  const limits = checkLimits({ ...DEFAULT_LIMITS, ...options.limits });
  const context = Object.freeze({ ...options.context });
  const { onReload, preload = false } = options;
  try {
    const app = startedApp();
    const { ready = optionsFromManifest(app).ready } = options;
    const identity = identify(options, app);
    const place = placeOf(options.socket, identity, app);
    const health = healthAddress(options, process.env);
    const wanted = { health, identity, limits, context, loadTasks, reloadTasks, place, ready, onReload, preload };
    serveCopies(startAgent);
    return (await takePreloaded(wanted)) ?? (await startOnly(wanted, options));
  } catch (error) {
    if (options.required) throw error;
    tellOfFailure(error);
    return NO_AGENT;
  }
}

/** What the app gets if no agent is started for it. */
const NO_AGENT: Agent = Object.freeze({ socket: undefined, close: () => Promise.resolve() });

async function startOnly(wanted: RunningAgentOptions, { required }: AgentOptions): Promise<Agent> {
  const second = secondAgent(wanted.place.socket);
  if (!second) return new RunningAgent(wanted).listen();
  if (required) throw second;
  warn(second.message);
  return NO_AGENT;
}

/** An app's worker threads may import the module that starts the agent. That is nothing to warn about. */
function startInThread({ required }: AgentOptions): Agent {
  const sentence = "Cannot start the agent in a worker thread: it is for the app's main thread (call startAgent there)";
  if (required) throw new TypeError(sentence);
  if (!mainThreadHasAgent()) warn(sentence);
  return NO_AGENT;
}

/** The tasks of the module that package.json names; undefined if it names none. */
function tasksOfManifest(): AgentOptions["tasks"] {
  const module = taskModule(startedApp().manifest);
  return module === undefined ? undefined : taskImporter(module);
}

/** JavaScript callers may pass anything, such as the function's result instead of the function. */
function checkFunctions({ onReload, ready }: AgentOptions): void {
  if (onReload !== undefined && typeof onReload !== "function")
    throw new TypeError('Cannot start the agent: "onReload" must be a function');
  if (ready !== undefined && typeof ready !== "function") checkReady('"ready"', ready);
}

function placeOf(
  option: string | undefined,
  { app, instance }: Identity,
  { manifest, env }: StartedApp,
): Pick<GatewayData, "socket" | "ownsDirectory"> {
  const chosen = option ?? env.REMSH_SOCKET;
  if (chosen !== undefined && chosen !== "") return { socket: path.resolve(chosen), ownsDirectory: false };
  return {
    socket: socketPath(runtimeDirectory(env), directoryName(app, manifest?.name), instance),
    ownsDirectory: true,
  };
}

function healthAddress(options: AgentOptions, env: NodeJS.ProcessEnv): HealthAddress | undefined {
  const port = checkPort(options.healthPort ?? env.REMSH_HEALTH_PORT);
  const host = options.healthHost ?? env.REMSH_HEALTH_HOST;
  return port === undefined ? undefined : { port, ...(host && { host }) };
}

function checkPort(given: number | string | undefined): number | undefined {
  if (given === undefined || given === "") return undefined;
  const port = Number(given);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new TypeError(
    `Cannot open the health port "${given}": it must be a whole number from 1 to 65535${hint(given)}`,
  );
}

/** For a Service named `remsh-health`, Kubernetes puts an address into the variable that names our port. */
function hint(port: number | string): string {
  if (!/^\w+:\/\//.test(String(port))) return "";
  return " (Kubernetes sets REMSH_HEALTH_PORT for a Service that is called remsh-health: call it something else, or set enableServiceLinks: false)";
}

function checkLimits(limits: Limits): Limits {
  for (const [name, value] of Object.entries(limits)) {
    if (Number.isSafeInteger(value) && Number(value) > 0) continue;
    throw new TypeError(`Cannot start the agent: the limit "${name}" must be a whole number above 0`);
  }
  return limits;
}
