// `restart`: replaces the running process with a new one, which is ready before the command returns. The new process
// gets the environment and the words of the start that it replaces.
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import path from "node:path";
import { runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import { namesIn } from "../../shared/manifest.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { Streams } from "../terminal/streams.ts";
import { runDaemon, type DaemonProgram } from "../lifecycle/daemon-program.ts";
import { othersOf } from "../lifecycle/refuse-second-start.ts";
import { findRunning, type RunningApp } from "../lifecycle/running-app.ts";
import { startedWith, type StartedWith } from "../lifecycle/started-with.ts";
import { differences, givenEnvironment } from "../project/given-environment.ts";
import type { CheckedStart } from "./check-start.ts";
import { stopRunning } from "./stop.ts";

/** Options of `restart`. */
export interface RestartOptions extends GlobalOptions {
  /** The app's own arguments; none: those of the running app. */
  words: readonly string[];
  /** False: run no hooks, for the stop and for the start. Default: true. */
  hooks?: boolean | undefined;
  ifChanged?: boolean;
  /** Start the app with the caller's environment, and not with that of the running app's start. */
  updateEnv?: boolean;
  timeoutMs?: number | undefined;
  waitMs?: number | undefined;
}

/**
 * Stops the app and starts it as a daemon. If the old process had to be killed, that is reported, and the new one is
 * still started.
 *
 * @throws as `findRunning`, and as `checkStart` before anything has happened; as `stopRunning` and `startDaemon`.
 */
export async function restart(options: RestartOptions, given: Streams): Promise<number> {
  const running = await findRunning("restart", options, given);
  const streams = { ...given, env: running.env };
  const { app, instance, version, project, address } = running;
  const { pid } = running.process;
  const tell = (document: object) => streams.stdout.write(`${JSON.stringify(document)}\n`);
  if (options.ifChanged && version === project.version) {
    if (options.json) tell({ app, version, instance, pid, socket: address.socket, restarted: false });
    else streams.stdout.write(`${app} ${instance} runs ${version} already\n`);
    return 0;
  }
  const started = startedWith(running);
  const next = await nextStart(running, started, { env: given.env, updateEnv: options.updateEnv ?? false });
  const hooks = options.hooks === false ? ["--no-hooks"] : [];
  const words = ["--", ...(options.words.length > 0 ? options.words : started.words)];
  checkNode(running, (await runDaemon(next.program, [...hooks, "--check", ...words])) as CheckedStart);
  if (next.keeps.length > 0) streams.stderr.write(`${kept(running, next.keeps)}\n`);
  const killed = await stopRunning(running, options, streams);
  const wait = options.waitMs === undefined ? [] : ["--wait", `${options.waitMs}ms`];
  const daemon = await runDaemon(next.program, [...hooks, ...wait, ...words]);
  if (options.json) tell({ ...daemon, restarted: true, killed, keeps: next.keeps });
  return 0;
}

interface NextStart {
  program: DaemonProgram;
  /** The variables that the new process has from the old one's start, with other values than the caller's. */
  keeps: string[];
}

async function nextStart(
  running: RunningApp,
  started: StartedWith,
  { env: callers, updateEnv }: { env: Environment; updateEnv: boolean },
): Promise<NextStart> {
  const own = givenEnvironment(callers);
  const env = updateEnv ? own : (started.env ?? own);
  const { project, app } = running;
  // The place is the running app's, and the version that of the code on the disk.
  const place = { REMSH_FOLDER: callers.REMSH_FOLDER, REMSH_RUNTIME_DIR: runtimeDirectory(running.env) };
  const program = {
    project,
    folder: callers.REMSH_FOLDER,
    launcher: callers.REMSH_PROGRAM ?? started.launcher,
    node: (updateEnv ? undefined : started.node) ?? process.execPath,
    env: {
      ...env,
      ...place,
      REMSH_APP: app,
      ...(env.REMSH_SOCKET && { REMSH_SOCKET: path.resolve(running.address.socket) }),
      REMSH_INSTANCE: await nameToPass(running, { ...env, ...place }),
      REMSH_VERSION: own.REMSH_VERSION,
    },
  };
  return { program, keeps: differences(env, own) };
}

/**
 * The value of REMSH_INSTANCE for the new process. It is undefined if package.json gives the name: the variable would
 * change the name of the log. It is also undefined if the name is a process id, unless other instances run: `daemon`
 * does not start a further instance without a name, and the old process would be gone by then.
 */
async function nameToPass(running: RunningApp, env: Environment): Promise<string | undefined> {
  const { project, instance, process: old } = running;
  if (!env.REMSH_INSTANCE && instance === namesIn(project.manifest).instance) return undefined;
  if (instance !== String(old.pid)) return instance;
  return (await othersOf(project, env)).some((id) => id !== instance) ? instance : undefined;
}

function kept({ app, instance }: RunningApp, names: readonly string[]): string {
  const [differ, them] = names.length === 1 ? ["differs", "it"] : ["differ", "them"];
  return `${app} ${instance} keeps the environment of its start, and ${names.join(", ")} ${differ} here (restart --update-env takes ${them})`;
}

/**
 * The app runs on another Node than the new process would, which must be one that package.json allows.
 *
 * @throws CommandFailure 78 when it is not.
 */
function checkNode({ app, instance, node: runs, project }: RunningApp, { node, program, engines }: CheckedStart): void {
  if (runs === `v${node}` || engines === undefined || validRange(engines) === null || satisfies(node, engines)) return;
  const now = runs === undefined ? "" : `, and it runs on ${runs.slice(1)} now`;
  throw badConfiguration(
    `Cannot restart ${app} ${instance}: package.json in "${project.root}" asks for Node ${engines}, "${program}" is Node ${node}${now} (set REMSH_NODE)`,
  );
}
