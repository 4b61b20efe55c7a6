/// <reference types="node" preserve="true" />
// Starts the agent for `node --import remsh/register server.js`: no change to the app, configured by "remsh" in
// package.json. If that configuration is wrong, the app gets a warning and still runs.
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { optionsFromManifest } from "./config.ts";
import { isOwnProgram } from "./instance/identity.ts";
import { startedApp } from "./instance/started-app.ts";
import { serveCopies } from "./one-agent.ts";
import { keepPreloaded } from "./preloaded.ts";
import type { Agent } from "./running-agent.ts";
import { startAgent } from "./start-agent.ts";
import { serversOfProcess } from "./lifecycle/servers.ts";
import { joinSupervisor, tellOfFailure } from "./lifecycle/supervision.ts";

// A preload also runs in the app's own worker threads, but the agent lives on the main thread. With NODE_OPTIONS the
// preload runs in every Node process that inherits the variable, such as the command line.
if (isMainThread && !isOwnProgram()) {
  // Before the app opens its servers.
  serversOfProcess(true);
  const isSupervised = joinSupervisor();
  serveCopies(startAgent);
  if (isSupervised) forgetPreload();
  const starting = start(isSupervised);
  keepPreloaded(starting);
  starting.catch(tellOfFailure);
}

async function start(isSupervised: boolean): Promise<Agent> {
  const options = optionsFromManifest(startedApp());
  return startAgent({ ...options, preload: options.preload ?? isSupervised });
}

/** The app's forks inherit Node's options: an agent in each child would appear as one more instance of the app. */
function forgetPreload(): void {
  const { execArgv } = process;
  const index = execArgv.findIndex((word) => word === import.meta.url || word === fileURLToPath(import.meta.url));
  if (index > 0) execArgv.splice(index - 1, 2);
}
