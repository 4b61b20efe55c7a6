// `node --import remsh/register server.js`: the agent with no change to the app, configured by "remsh" in package.json.
// Whatever is wrong with that configuration costs a warning, never the app.
import { isMainThread } from "node:worker_threads";
import { optionsFromManifest } from "./config.ts";
import { manifestOfProgram } from "./identity.ts";
import { startAgent } from "./start-agent.ts";
import { reasonOf } from "./thrown.ts";
import { warn } from "./warn.ts";

// A preload is loaded in the app's own worker threads too; the agent lives on the main thread.
if (isMainThread) {
  start().catch((error: unknown) => warn(`The app runs without its agent: ${reasonOf(error)}`));
}

async function start(): Promise<void> {
  await startAgent(optionsFromManifest(manifestOfProgram()));
}
