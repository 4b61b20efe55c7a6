// The instances of an app that listen in other runtime directories than the caller's, for one that found none in its own.
import { isListening } from "../../shared/is-listening.ts";
import { instancesOf, type AppName, type Instance } from "./instances.ts";
import { otherDirectories } from "./other-directories.ts";
import { ownInstances, type NamedApp } from "./own-app.ts";

/** Those at which a process listens, where the app's folder is known only its own. `directory` is the caller's. */
export async function instancesElsewhere(
  directory: string,
  named: AppName & Partial<Pick<NamedApp, "folder">>,
): Promise<Instance[]> {
  const found = await Promise.all(otherDirectories(directory, named.app).map((other) => listeningIn(other, named)));
  return named.folder ? ownInstances(found.flat(), named.folder) : found.flat();
}

async function listeningIn(runtimeDirectory: string, named: AppName): Promise<Instance[]> {
  // What is not private to this user there is another's, or a mistake: it is not what the caller has asked for.
  const instances = await instancesOf(runtimeDirectory, named).catch(() => undefined);
  const alive = instances?.alive ?? [];
  const answers = await Promise.all(alive.map(({ socket }) => isListening(socket)));
  return alive.filter((_instance, index) => answers[index]).map((each) => ({ ...each, runtimeDirectory }));
}
