// Hands the agent that the preload started over to the app's own `startAgent`: one process has one agent. This is
// common, because every generated launcher preloads the agent.
import { RunningAgent, type Agent, type RunningAgentOptions } from "./running-agent.ts";

let preloaded: Promise<Agent | undefined> | undefined;

/** Keeps the preloaded agent for the app's own `startAgent`. The app may never call it. */
export function keepPreloaded(starting: Promise<Agent | undefined>): void {
  preloaded = starting;
}

/**
 * Returns the preloaded agent, now with the app's own tasks, context and readiness. Returns undefined if there is none,
 * or if the app wants another name, place or limits: then the preloaded agent is closed first.
 */
export async function takePreloaded(wanted: RunningAgentOptions): Promise<Agent | undefined> {
  const starting = preloaded;
  preloaded = undefined;
  // The preload has already reported why it could not start. The app's own attempt may still succeed.
  const agent = await starting?.catch(() => undefined);
  if (!(agent instanceof RunningAgent)) return undefined;
  if (agent.adopt(wanted)) return agent;
  await agent.close({ graceMs: 0 });
  return undefined;
}
