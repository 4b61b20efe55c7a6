// Finds the instances of an app in other runtime directories than the caller's, when there is none in the caller's.
import { instancesOf, listeningOf, type AppName, type Instance } from "./instances.ts";
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
  const listening = await listeningOf(await instancesOf(runtimeDirectory, named).catch(() => undefined));
  return listening.map((each) => ({ ...each, runtimeDirectory }));
}
