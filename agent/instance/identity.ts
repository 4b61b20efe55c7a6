// Determines this instance's identity: the app's name and version from the options, the environment, or package.json.
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import type { OwnFolder } from "../../shared/app-folder.ts";
import { appNameOf, checkName, type Environment } from "../../shared/addresses.ts";
import { namesIn, readManifest, type Manifest } from "../../shared/manifest.ts";
import { pidNamespace } from "../../shared/pid-namespace.ts";
import { processStart } from "../../shared/process-start.ts";
import { defined } from "../../shared/messages/protocol.ts";
import type { Identity } from "../border/channel.ts";
import { monotonicMs } from "../../shared/boot-clock.ts";
import type { StartedApp } from "./started-app.ts";

/** The names that the app passed to `startAgent`, if any. */
export interface NameOptions {
  app?: string | undefined;
  version?: string | undefined;
  instance?: string | undefined;
}

/**
 * This process's identity. Each name comes from the option, else a REMSH_ variable, else "remsh" in package.json, else
 * the package's own field.
 *
 * @throws RpcError BAD_ARGUMENTS when a name is not valid in a path; TypeError when the app has no name.
 */
export function identify(options: NameOptions, { manifest, env }: StartedApp): Identity {
  const { app, instance } = namesOf(options, manifest, env);
  if (app === undefined) {
    throw new TypeError(
      'Cannot start the agent: the app has no name (give startAgent "app", set REMSH_APP, or name it in package.json)',
    );
  }
  return {
    app: checkName("app", app),
    version: options.version ?? env.REMSH_VERSION ?? manifest?.version ?? "0.0.0",
    instance: checkName("instance", instance),
    pid: process.pid,
    root: folderOf({ manifest, env }).root,
    ...defined({ pidNamespace: pidNamespace(), processStart: processStart("self") }),
    startedMs: monotonicMs() - process.uptime() * 1000,
  };
}

/** The app's own folder: as the process that started the app says, else the folder of package.json. */
export function folderOf({ manifest, env }: StartedApp): OwnFolder {
  const { REMSH_ROOT: given, REMSH_FOLDER: folder } = env;
  const root = given || (manifest?.root ?? process.cwd());
  return { root: existsSync(root) ? realpathSync(root) : root, folder, isGiven: Boolean(given) };
}

function namesOf(
  options: NameOptions,
  manifest: Manifest | undefined,
  env: Environment,
): { app: string | undefined; instance: string } {
  const own = manifest ? namesIn(manifest) : {};
  const packageName = manifest?.name === undefined ? undefined : appNameOf(manifest.name);
  return {
    app: options.app ?? env.REMSH_APP ?? own.app ?? packageName,
    instance: options.instance ?? env.REMSH_INSTANCE ?? own.instance ?? String(process.pid),
  };
}

/** True in a program of remsh itself, from any copy: the command line, a hook's process, or the process of `eval`. */
export function isOwnProgram(): boolean {
  try {
    const folder = path.dirname(realpathSync(process.argv[1] ?? ""));
    return path.basename(folder) === "dist" && readManifest(path.dirname(folder))?.name === "remsh";
  } catch {
    return false; // no program, or an app's package.json that cannot be read, which the code that needs it reports
  }
}
