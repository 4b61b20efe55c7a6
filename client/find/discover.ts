// Finds the agent that is meant: a named socket, or the only instance of an app that runs here. It never guesses.
import { existsSync } from "node:fs";
import path from "node:path";
import {
  checkSocketOwner,
  checkSocketPath,
  runtimeDirectory,
  usualRuntimeDirectories,
  type Environment,
} from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Address } from "../wire/address.ts";
import { instancesElsewhere } from "./instances-elsewhere.ts";
import { instanceOf, instancesOf, isGone, runningApps, type Instances } from "./instances.ts";
import { directoriesOfOthers } from "./other-directories.ts";
import { ownerOf, userName } from "./users.ts";
import { namedApp, ownInstances, type NamedApp } from "./own-app.ts";

/** Names an agent. Without any of these, it is the only instance of the app that the working directory belongs to. */
export interface Target {
  /** The app's name. Default: REMSH_APP, else package.json's. */
  app?: string | undefined;
  /** One instance of several. Default: REMSH_INSTANCE, else the only one that runs. */
  instance?: string | undefined;
  /** The socket's path; no other name is then needed. Default: REMSH_SOCKET. */
  socket?: string | undefined;
  /** Take any instance if several run. */
  any?: boolean | undefined;
}

/**
 * Finds the agent that is meant. What the caller names counts before the environment. A name that is given but empty is
 * an error: it comes from a shell variable that was not set, and must not select another app.
 *
 * @throws RpcError APP_NOT_NAMED, UNKNOWN_APP, OTHER_APP, NOT_LISTENING, STALE_SOCKET, SEVERAL_INSTANCES, DENIED or
 * BAD_ARGUMENTS.
 */
export async function findAgent(target: Target, env: Environment): Promise<Address> {
  const socket = namedSocket(target, env);
  if (socket !== undefined) return atSocket(socket);
  const directory = runtimeDirectory(env);
  const named = namedApp(target.app, env);
  if (named === undefined) throw await notNamed(directory);
  const instance = target.instance ?? (env.REMSH_INSTANCE || undefined);
  const sought = { ...named, isPlaceChosen: Boolean(env.REMSH_RUNTIME_DIR) };
  const address =
    instance === undefined
      ? await theOnly(directory, sought, target.any ?? false)
      : await theNamed(directory, sought, instance);
  return { ...address, folder: named.folder };
}

/** The socket that the caller or, if the caller names nothing else, the environment gives. */
export function namedSocket(target: Target, env: Environment): string | undefined {
  return target.socket ?? (isNamed(target) ? undefined : env.REMSH_SOCKET || undefined);
}

interface Sought extends NamedApp {
  /** The caller has chosen the directory: no other is searched. */
  isPlaceChosen: boolean;
}

async function theNamed(directory: string, sought: Sought, id: string): Promise<Address> {
  const instance = instanceOf(directory, sought, id);
  if (sought.isPlaceChosen || existsSync(instance.socket)) return instance;
  const elsewhere = await instancesElsewhere(directory, sought);
  return elsewhere.find((each) => each.id === id) ?? instance;
}

async function theOnly(directory: string, named: Sought, any: boolean): Promise<Address> {
  const found = await instancesOf(directory, named);
  const elsewhere = named.isPlaceChosen || (await mayListen(found)) ? [] : await instancesElsewhere(directory, named);
  if (elsewhere.length > 0) return choose({ directory, alive: elsewhere, stale: [] }, named, any);
  if (!found) throw await unknown(directory, named);
  const { folder } = named;
  if (found.alive.length < 2 || !folder) return choose(found, named, any);
  const alive = await ownInstances(found.alive, folder);
  // If none belongs to this folder, the first one's answer says whose it is.
  return choose({ ...found, alive: alive.length > 0 ? alive : found.alive.slice(0, 1) }, named, any);
}

/**
 * A single instance was not tried, because every command would pay for that. It counts as listening unless its process
 * is certainly gone.
 */
async function mayListen(found: Instances | undefined): Promise<boolean> {
  const [first, ...others] = found?.alive ?? [];
  return first !== undefined && (others.length > 0 || !(await isGone(first)));
}

/** The app's name, from the caller, the environment or the app's folder. @throws as {@link namedApp}. */
export function appName(target: Pick<Target, "app">, env: Environment): string | undefined {
  return namedApp(target.app, env)?.app;
}

function atSocket(socket: string): Address {
  if (socket === "") throw new RpcError("BAD_ARGUMENTS", "Cannot reach an agent: the path of its socket is empty");
  const file = checkSocketPath(path.resolve(socket));
  checkSocketOwner(file);
  return { socket: file, label: `"${socket}"` };
}

function isNamed({ app, instance }: Target): boolean {
  return app !== undefined || instance !== undefined;
}

function choose({ directory, alive, stale }: Instances, sought: Sought, any: boolean): Address {
  const { app } = sought;
  const [first] = alive;
  if (first && (alive.length === 1 || any)) return first;
  if (first) {
    const names = alive.map(({ id }) => id).join(", ");
    throw new RpcError(
      "SEVERAL_INSTANCES",
      `Cannot choose: ${alive.length} instances of ${app} run here, ${names} (name one with --instance, or take any with --any)`,
    );
  }
  if (stale[0]) {
    const others = sought.isPlaceChosen ? "" : (sayOthers(app) ?? "");
    const sentence = `Cannot reach ${app}: the processes that listened in "${directory}" are gone${others}`;
    throw new RpcError("STALE_SOCKET", sentence);
  }
  throw notRunning(sought, directory);
}

async function notNamed(directory: string): Promise<RpcError> {
  const running = await runningApps(directory);
  const known = running.length === 0 ? "" : ` (running here: ${running.join(", ")})`;
  return new RpcError(
    "APP_NOT_NAMED",
    `Cannot tell which app is meant: give --app, set REMSH_APP, or go to the app's folder${known}`,
  );
}

async function unknown(directory: string, sought: Sought): Promise<RpcError> {
  const { app } = sought;
  const others = await runningApps(directory);
  if (others.length === 0 || (!sought.isPlaceChosen && sayOthers(app) !== undefined))
    return notRunning(sought, path.join(directory, app));
  return new RpcError(
    "UNKNOWN_APP",
    `Cannot reach ${app}: no app of that name runs here (running: ${others.join(", ")})`,
  );
}

function notRunning({ app, isPlaceChosen }: Sought, directory: string): RpcError {
  const elsewhere = isPlaceChosen ? "" : sayElsewhere(app, path.dirname(directory));
  return new RpcError(
    "NOT_LISTENING",
    `Cannot reach ${app}: it does not run here (nothing listens in "${directory}"${elsewhere})`,
  );
}

function sayElsewhere(app: string, own: string): string {
  const theirs = sayOthers(app);
  if (theirs !== undefined) return theirs;
  // Linux lists all sockets except those of other containers. On other systems only the usual places were searched.
  const places = usualRuntimeDirectories().filter((place) => place !== own);
  const searched = places.map((place) => JSON.stringify(place)).join(", ");
  return `, nor in ${searched}; if it was started with another XDG_RUNTIME_DIR or TMPDIR, set REMSH_RUNTIME_DIR for both`;
}

/** Says where another user runs an app of that name; undefined if none does. */
function sayOthers(app: string): string | undefined {
  const [theirs] = directoriesOfOthers(app);
  if (theirs === undefined) return undefined;
  const uid = ownerOf(theirs);
  const user = uid === undefined ? "another user" : userName(uid);
  return `; ${user} runs one in "${theirs}": ask as that user`;
}
