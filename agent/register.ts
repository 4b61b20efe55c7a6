// `node --import remsh/register server.js`: the agent with no change to the app, configured by "remsh" in package.json.
// Whatever is wrong with that configuration costs a warning, never the app.
import { isMainThread } from "node:worker_threads";
import { optionsFromManifest } from "./config.ts";
import { manifestOfProgram } from "./identity.ts";
import { startAgent } from "./start-agent.ts";

// A preload is loaded in the app's own worker threads too; the agent lives on the main thread.
if (isMainThread) {
  start().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`The app runs without its agent: ${reason}`, {
      type: "RemshWarning",
      code: "REMSH_UNAVAILABLE",
    });
  });
}

async function start(): Promise<void> {
  await startAgent(optionsFromManifest(manifestOfProgram()));
}
