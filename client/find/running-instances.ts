// `instances()`: which instances of an app run here, for a program that speaks with each of them.
import { runtimeDirectory } from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";
import { isListening } from "../../shared/is-listening.ts";
import { appName } from "./discover.ts";
import { instancesElsewhere } from "./instances-elsewhere.ts";
import { instancesOf } from "./instances.ts";

/** An instance that somebody listens for. */
export interface RunningInstance {
  app: string;
  /** Its name; by default the id of its process. */
  instance: string;
  /** For `connect({ socket })`. */
  socket: string;
}

/**
 * The instances of an app that run here, by name; none where it does not run. `app` is by default REMSH_APP, else package.json's.
 *
 * @throws RpcError APP_NOT_NAMED when it is not clear which app is meant, DENIED when its folder is not private to this user.
 */
export async function instances({ app: named }: { app?: string } = {}): Promise<RunningInstance[]> {
  const app = appName(named === undefined ? {} : { app: named }, process.env);
  if (app === undefined) {
    const reason = "give { app }, set REMSH_APP, or go to the app's folder";
    throw new RpcError("APP_NOT_NAMED", `Cannot tell which app is meant: ${reason}`, { state: "not-started" });
  }
  const directory = runtimeDirectory(process.env);
  const { alive } = (await instancesOf(directory, { app, directory: undefined })) ?? { alive: [] };
  // A single one has not been tried.
  const here = await Promise.all(alive.map(async (each) => ((await isListening(each.socket)) ? [each] : [])));
  const elsewhere = process.env.REMSH_RUNTIME_DIR
    ? []
    : await instancesElsewhere(directory, { app, directory: undefined });
  return [...here.flat(), ...elsewhere].map(({ id, socket }) => ({ app, instance: id, socket }));
}
