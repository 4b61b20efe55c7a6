// Finds the instances of an app in other runtime directories than the caller's, when there is none in the caller's.
import { isListening } from "../../shared/is-listening.ts";
import { instancesOf, type AppName, type Instance } from "./instances.ts";
import { otherDirectories } from "./other-directories.ts";
import { ownInstances, type NamedApp } from "./own-app.ts";

/**
 * The instances at which a process listens; if the app's folder is known, only those of that folder. `directory` is the
 * caller's.
 */
export async function instancesElsewhere(
  directory: string,
  named: AppName & Partial<Pick<NamedApp, "folder">>,
): Promise<Instance[]> {
  const found = await Promise.all(otherDirectories(directory, named.app).map((other) => listeningIn(other, named)));
  return named.folder ? ownInstances(found.flat(), named.folder) : found.flat();
}

async function listeningIn(runtimeDirectory: string, named: AppName): Promise<Instance[]> {
  // A directory that is not private to this user belongs to another user or is a mistake. It is not what the caller
  // asked for.
  const instances = await instancesOf(runtimeDirectory, named).catch(() => undefined);
  const alive = instances?.alive ?? [];
  const answers = await Promise.all(alive.map(({ socket }) => isListening(socket)));
  return alive.filter((_instance, index) => answers[index]).map((each) => ({ ...each, runtimeDirectory }));
}
