// The app on this disk, as the commands that start and stop it see it: its folder, its names, its settings.
import { realpathSync } from "node:fs";
import path from "node:path";
import { runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";
import { manifestHere, type Manifest } from "../../shared/manifest.ts";
import { settingsFor } from "../../shared/processes.ts";
import type { Target } from "../find/discover.ts";
import { namedApp } from "../find/own-app.ts";

/** An app on this disk, by its names. */
export interface NamedProject {
  /** The folder of its package.json, without symbolic links. */
  root: string;
  app: string;
  /** The version that would be started, which may differ from the one that runs. */
  version: string;
}

/** The app as it lies on this disk. */
export interface Project extends NamedProject {
  /** The name of its directory among other apps' directories. */
  directory: string;
  manifest: Manifest;
}

/**
 * The app that REMSH_ROOT, else the working directory, belongs to, with the settings of the instance that is meant.
 *
 * @throws RpcError APP_NOT_NAMED when there is no package.json or no name; SyntaxError when it is not JSON.
 */
export function findProject(target: Pick<Target, "app" | "instance">, env: Environment): Project {
  const found = manifestHere(env);
  const instance = target.instance ?? (env.REMSH_INSTANCE || undefined);
  const manifest = found && { ...found, remsh: settingsFor(found.remsh, instance) };
  const named = namedApp(target.app, env);
  if (!manifest || named === undefined) {
    throw new RpcError(
      "APP_NOT_NAMED",
      "Cannot tell which app is meant: there is no package.json here with a name (set REMSH_ROOT, or go to the app's folder)",
    );
  }
  const version = env.REMSH_VERSION || (manifest.version ?? "0.0.0");
  const root = realpathSync(manifest.root);
  return { root, app: named.app, directory: named.directory ?? named.app, version, manifest };
}

/**
 * The same. If package.json cannot be read, the result is what REMSH_ROOT and REMSH_APP say, with all settings at their
 * defaults, and `tell` receives the reason.
 *
 * @throws as {@link findProject}.
 */
export function findProjectAnyhow(
  target: Pick<Target, "app" | "instance">,
  env: Environment,
  tell: (sentence: string) => void,
): Project {
  try {
    return findProject(target, env);
  } catch (error) {
    const { REMSH_ROOT: root } = env;
    const app = target.app ?? env.REMSH_APP;
    if (!root || app === undefined) throw error;
    if (error instanceof SyntaxError) tell(`${error.message} (its settings are left out)`);
    const manifest = { root, name: undefined, version: undefined, remsh: undefined };
    return { root, app, directory: app, version: env.REMSH_VERSION || "0.0.0", manifest };
  }
}

/** The variables that remsh adds to the environment of the app and its hooks. */
export function projectVariables({ root, app, version }: NamedProject, env: Environment): Record<string, string> {
  return {
    REMSH_ROOT: root,
    REMSH_APP: app,
    REMSH_VERSION: version,
    ...placeVariables(env),
    REMSH_NODE: process.execPath,
  };
}

/** The variables with the sockets' place, for a process with another working directory. */
export function placeVariables(env: Environment): Record<string, string> {
  return {
    REMSH_RUNTIME_DIR: runtimeDirectory(env),
    ...(env.REMSH_SOCKET && { REMSH_SOCKET: path.resolve(env.REMSH_SOCKET) }),
  };
}

/** A path in package.json, resolved from the app's folder. */
export function inProject({ root }: Project, file: string): string {
  return path.resolve(root, file);
}

/** The names that the command line gave, as environment variables. */
export function named({ app, instance }: Pick<Target, "app" | "instance">): Record<string, string> {
  return { ...(app !== undefined && { REMSH_APP: app }), ...(instance !== undefined && { REMSH_INSTANCE: instance }) };
}
