// Refuses or reports a second instance: an app is started twice mostly by mistake.
import path from "node:path";
import { runtimeDirectory, socketPath, type Environment } from "../../shared/addresses.ts";
import { isListening } from "../../shared/is-listening.ts";
import { namesIn } from "../../shared/manifest.ts";
import { processNames } from "../../shared/processes.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";
import type { Streams } from "../terminal/streams.ts";
import { instancesElsewhere } from "../find/instances-elsewhere.ts";
import { instancesOf, listeningOf, type AppName, type Instance } from "../find/instances.ts";
import { ownInstances } from "../find/own-app.ts";
import type { Project } from "../project/project.ts";
import { runByOthers } from "./run-by-others.ts";
import { supervisedApps } from "./supervised-apps.ts";

/** The app can be started when the running instance has ended. */
const TAKEN: ExitCode = 75;

const MEANT = "restart it, or name one more with --instance";

/**
 * Reports the instances that already run, unless the new one has its own name.
 *
 * @throws CommandFailure 75 when an instance of that very name runs, so that this one could not be reached; if no
 * further instance is intended, when any runs.
 */
export async function refuseSecondStart(
  project: Project,
  { env, stderr }: Streams,
  { mayBeOneMore }: { mayBeOneMore: boolean },
): Promise<void> {
  const { app } = project;
  const socket = ownSocket(project, env);
  if (socket === undefined) {
    const names = await othersOf(project, env);
    if (names.length === 0) return;
    if (mayBeOneMore) stderr.write(`${app} runs here already, as ${names.join(", ")}: this is one more instance\n`);
    else
      throw new CommandFailure(
        `Cannot start ${app}: it runs here already, as ${names.join(", ")}${besides(project, env)}`,
        TAKEN,
      );
    return;
  }
  const taken = (await isListening(socket)) ? socket : await elsewhere(project, env, path.basename(socket, ".sock"));
  if (taken !== undefined)
    throw new CommandFailure(`Cannot start ${app}: it runs already, and answers at "${taken}"`, TAKEN);
}

/** The advice. It differs when the `start` of the running app was killed. */
function besides(project: Project, env: Environment): string {
  const [only, ...others] = supervisedApps(project, env);
  if (!only || others.length > 0 || only.supervisor) return ` (${MEANT})`;
  return `, and its start was killed (daemon --adopt takes over, or ${MEANT})`;
}

/**
 * The socket of the instance of that name in another runtime directory: one started in a login session, for example,
 * when this start comes from cron.
 */
async function elsewhere(project: Project, env: Environment, id: string): Promise<string | undefined> {
  return (await runningElsewhere({ ...project, manifest: { ...project.manifest, remsh: {} } }, env)).find(
    (each) => each.id === id,
  )?.socket;
}

async function runningElsewhere(project: Project, env: Environment): Promise<Instance[]> {
  if (env.REMSH_RUNTIME_DIR || env.REMSH_SOCKET) return [];
  const folder = { root: project.root, folder: env.REMSH_FOLDER };
  return instancesElsewhere(runtimeDirectory(env), { ...withoutProcesses(project), folder });
}

/** The socket of the new instance, if it is known before the process has an id. */
export function ownSocket({ directory, root, manifest }: Project, env: Environment): string | undefined {
  const { socket, instance } = namesIn(manifest);
  if (env.REMSH_SOCKET) return env.REMSH_SOCKET;
  if (socket !== undefined) return path.resolve(root, socket);
  const name = env.REMSH_INSTANCE || instance;
  return name === undefined ? undefined : socketPath(runtimeDirectory(env), directory, name);
}

/** A worker beside it is no second instance. */
function withoutProcesses({ app, directory, manifest }: Project): AppName {
  return { app, directory, processes: processNames(manifest.remsh) };
}

/** The names of the app's instances that run here. One process of the app, such as a worker, is not among them. */
export async function othersOf(project: Project, env: Environment): Promise<string[]> {
  // A directory that cannot be used is reported when a file is to be put there.
  const here = await listeningOf(
    await instancesOf(runtimeDirectory(env), withoutProcesses(project)).catch(() => undefined),
  );
  const own = await ownInstances(here, { root: project.root, folder: env.REMSH_FOLDER });
  const ids = [...own, ...(await runningElsewhere(project, env))].map(({ id }) => id);
  return env.REMSH_RUNTIME_DIR ? ids : [...ids, ...runByOthers(project)];
}
