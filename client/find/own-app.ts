// Decides which app the caller's folder holds, and which of the instances under its name belong to that app.
import { realpathSync } from "node:fs";
import { appNameOf, checkName, directoryName, type Environment } from "../../shared/addresses.ts";
import type { AppFolder } from "../../shared/app-folder.ts";
import { manifestHere, namesIn, type Manifest } from "../../shared/manifest.ts";
import { processNames } from "../../shared/processes.ts";
import { exchange } from "../wire/exchange.ts";
import type { Instance } from "./instances.ts";
import { OWNER_LIMIT_MS } from "../wire/limits.ts";

/** The app that the caller named, as far as it is known. */
export interface NamedApp {
  app: string;
  /** The name of its directory; undefined if its package, and with it a scope, is not known. */
  directory: string | undefined;
  /** The folder of the app; undefined if the caller named the app, and any folder will do. */
  folder: AppFolder | undefined;
  /** The names of its processes, whose instances are not meant unless they are named. */
  processes?: readonly string[];
}

/** The HTTP status with which the agent of another folder's app refuses. */
const OTHER_APP_STATUS = 421;

/**
 * The app that the caller names (`shop`, or `@acme/shop` by its package's name), else the environment, else the folder
 * (REMSH_ROOT, else the working directory).
 *
 * @throws SyntaxError when package.json is needed for the name and is not JSON; RpcError BAD_ARGUMENTS when the name is
 * invalid.
 */
export function namedApp(named: string | undefined, env: Environment): NamedApp | undefined {
  if (named !== undefined) return byName(named);
  if (!env.REMSH_APP) return byManifest(manifestHere(env), env);
  const manifest = env.REMSH_ROOT ? readable(env) : undefined;
  const app = env.REMSH_APP;
  const processes = processNames(manifest?.remsh);
  return { app, directory: manifest && directoryName(app, manifest.name), folder: givenFolder(env), processes };
}

/** The instances of the app in this folder. An instance of another folder's app says so when it is asked. */
export async function ownInstances(instances: readonly Instance[], folder: AppFolder): Promise<Instance[]> {
  const isOwn = await Promise.all(instances.map((instance) => asksWell({ ...instance, folder })));
  return instances.filter((_instance, index) => isOwn[index]);
}

async function asksWell(instance: Instance): Promise<boolean> {
  const limit = { ms: OWNER_LIMIT_MS, error: () => new Error("it does not say") };
  const asked = exchange(instance, { path: "/livez", limit, isOneLine: true, onLine: () => {} });
  return asked.then(
    (status) => status !== OTHER_APP_STATUS,
    () => true,
  );
}

function byName(named: string): NamedApp {
  const isPackage = named.startsWith("@") && named.includes("/");
  const app = checkName("app", isPackage ? appNameOf(named) : named);
  return { app, directory: isPackage ? directoryName(app, named) : undefined, folder: undefined };
}

function byManifest(manifest: Manifest | undefined, env: Environment): NamedApp | undefined {
  if (!manifest) return undefined;
  const app = namesIn(manifest).app ?? (manifest.name === undefined ? undefined : appNameOf(manifest.name));
  if (app === undefined) return undefined;
  return {
    app,
    directory: directoryName(app, manifest.name),
    folder: givenFolder(env) ?? { root: realpathSync(manifest.root) },
    processes: processNames(manifest.remsh),
  };
}

function givenFolder({ REMSH_ROOT: given, REMSH_FOLDER: folder }: Environment): AppFolder | undefined {
  if (!given) return undefined;
  try {
    return { root: realpathSync(given), folder };
  } catch {
    return { root: given, folder }; // removed, like the folder of an old release: the running app may belong to it
  }
}

/** Only the name is needed here; other faults of package.json can wait. */
function readable(env: Environment): Manifest | undefined {
  try {
    return manifestHere(env);
  } catch {
    return undefined;
  }
}
