// `instances()`: lists the running instances of an app, for a program that connects to each of them.
import { runtimeDirectory } from "../../shared/addresses.ts";
import { RpcError } from "../../shared/errors.ts";
import { appName } from "./discover.ts";
import { instancesElsewhere } from "./instances-elsewhere.ts";
import { instancesOf, listeningOf } from "./instances.ts";

/** An instance at whose socket a process listens. */
export interface RunningInstance {
  app: string;
  /** Its name; by default the id of its process. */
  instance: string;
  /** For `connect({ socket })`. */
  socket: string;
}

/**
 * The running instances of an app, by name; an empty list if the app does not run. Default for `app`: REMSH_APP, else
 * package.json's name.
 *
 * @throws RpcError APP_NOT_NAMED when it is not clear which app is meant, DENIED when its folder is not private to this
 * user.
 */
export async function instances({ app: named }: { app?: string } = {}): Promise<RunningInstance[]> {
  const app = appName(named === undefined ? {} : { app: named }, process.env);
  if (app === undefined) {
    const reason = "give { app }, set REMSH_APP, or go to the app's folder";
    throw new RpcError("APP_NOT_NAMED", `Cannot tell which app is meant: ${reason}`, { state: "not-started" });
  }
  const directory = runtimeDirectory(process.env);
  const here = await listeningOf(await instancesOf(directory, { app, directory: undefined }));
  const elsewhere = process.env.REMSH_RUNTIME_DIR
    ? []
    : await instancesElsewhere(directory, { app, directory: undefined });
  return [...here, ...elsewhere].map(({ id, socket }) => ({ app, instance: id, socket }));
}
