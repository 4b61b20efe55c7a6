/// <reference types="node" preserve="true" />
// `node --import remsh/register server.js`: the agent with no change to the app, configured by "remsh" in package.json.
// Whatever is wrong with that configuration costs a warning, never the app.
import { isMainThread } from "node:worker_threads";
import { namesTasks, optionsFromManifest } from "./config.ts";
import { isOwnProgram, manifestOfProgram } from "./instance/identity.ts";
import { keepPreloaded } from "./preloaded.ts";
import type { Agent } from "./running-agent.ts";
import { startAgent } from "./start-agent.ts";
import { joinSupervisor, reportEntry, tellOfFailure } from "./lifecycle/supervision.ts";

// A preload is loaded in the app's own worker threads too; the agent lives on the main thread. With NODE_OPTIONS it is loaded
// by every Node that has them, as the command line.
if (isMainThread && !isOwnProgram()) {
  const isSupervised = joinSupervisor();
  if (isSupervised) {
    forgetPreload();
    reportEntry().catch(() => {}); // Node itself tells of an entry that fails
  }
  const starting = start(isSupervised);
  keepPreloaded(starting);
  starting.catch(tellOfFailure);
}

async function start(isSupervised: boolean): Promise<Agent | undefined> {
  const manifest = manifestOfProgram();
  // `remsh start` loads this for every app, also for one that names its tasks only when it calls `startAgent` itself.
  if (isSupervised && !namesTasks(manifest)) return undefined;
  const options = optionsFromManifest(manifest);
  return startAgent({ ...options, preload: options.preload ?? isSupervised });
}

/** What the app forks inherits Node's options: an agent in each child would be one more instance of the app. */
function forgetPreload(): void {
  const { execArgv } = process;
  const index = execArgv.indexOf(import.meta.url);
  if (index > 0) execArgv.splice(index - 1, 2);
}
