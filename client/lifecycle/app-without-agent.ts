// Finds the app that `stop` means when no agent can be reached: the app is frozen before its agent has a socket, or its
// agent has closed and its process has not ended yet.
import path from "node:path";
import { RpcError, type RpcCode } from "../../shared/errors.ts";
import { socketPath, type Environment } from "../../shared/addresses.ts";
import { processIn, processNames } from "../../shared/processes.ts";
import type { Address } from "../wire/address.ts";
import { namedSocket, type Target } from "../find/discover.ts";
import type { KnownProcess } from "../processes/known-process.ts";
import type { Project } from "../project/project.ts";
import { supervisedApps, type SupervisedApp } from "./supervised-apps.ts";

/** An app that was found without its agent. */
export interface AppWithoutAgent {
  address: Address;
  instance: string;
  process: KnownProcess;
  /** Its `start` has called it ready. */
  isUp: boolean;
  /** The app's own arguments that its `start` was given. */
  words: readonly string[];
}

/** The errors which say that nothing listens. */
const ABSENT: readonly RpcCode[] = ["NOT_LISTENING", "STALE_SOCKET", "UNKNOWN_APP"];

/** True if the error says that no agent listens. */
export function isAbsence(error: unknown): error is RpcError {
  return error instanceof RpcError && ABSENT.includes(error.code);
}

/**
 * The only running process of the app that `start` has started; undefined if there is none.
 *
 * @throws RpcError SEVERAL_INSTANCES when there are several, and not exactly one has the given name.
 */
export function appWithoutAgent(project: Project, target: Target, env: Environment): AppWithoutAgent | undefined {
  return onlyOf(supervisedApps(project, env), { project, target, env, what: "without an agent" });
}

/** The same for an app whose `start` was killed. @throws as {@link appWithoutAgent}. */
export function orphanedApp(project: Project, target: Target, env: Environment): AppWithoutAgent | undefined {
  const orphans = supervisedApps(project, env).filter(({ supervisor }) => !supervisor);
  // REMSH_SOCKET is the place of what `start` starts, whatever else the caller names.
  const socket = target.socket ?? (env.REMSH_SOCKET || undefined);
  return onlyOf(orphans, { project, target: { ...target, socket }, env, what: "whose start was killed" });
}

/** The environment for everything that is done to the app at the address: with its own runtime directory. */
export function inPlaceOf({ runtimeDirectory }: Address, env: Environment): Environment {
  return runtimeDirectory === undefined ? env : { ...env, REMSH_RUNTIME_DIR: runtimeDirectory };
}

function onlyOf(
  apps: readonly SupervisedApp[],
  { project, target, env, what }: { project: Project; target: Target; env: Environment; what: string },
): AppWithoutAgent | undefined {
  const names = processNames(project.manifest.remsh);
  const found = apps.filter((app) => isMeant(app, target, { env, names }));
  const [only, ...others] = found;
  if (!only) return undefined;
  if (others.length > 0) {
    const names = found.map(nameOf).join(", ");
    throw new RpcError(
      "SEVERAL_INSTANCES",
      `Cannot choose: ${found.length} instances of ${project.app} run here ${what}, ${names} (name one with --instance)`,
    );
  }
  const { process, isUp = false, words = [] } = only;
  return { process, isUp, words, instance: nameOf(only), address: addressOf(only, project) };
}

/** Without a name, the instances of the app's other processes are not meant. */
function isMeant(
  { socket, ...app }: SupervisedApp,
  target: Target,
  { env, names }: { env: Environment; names: readonly string[] },
): boolean {
  const named = namedSocket(target, env);
  if (named !== undefined) return socket === path.resolve(named);
  const wanted = target.instance ?? (env.REMSH_INSTANCE || undefined);
  return wanted === undefined ? processIn(names, nameOf(app)) === undefined : wanted === nameOf(app);
}

function nameOf({ instance, process }: Pick<SupervisedApp, "instance" | "process">): string {
  return instance ?? String(process.pid);
}

/** The address at which it listened, or would listen: by default the one that its process id gives. */
function addressOf(app: SupervisedApp, { app: name, directory }: Project): Address {
  const { runtimeDirectory, socket = socketPath(runtimeDirectory, directory, nameOf(app)) } = app;
  return { socket, label: `${name} ${nameOf(app)}`, runtimeDirectory };
}
