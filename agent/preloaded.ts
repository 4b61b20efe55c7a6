// The agent that the preload has started. An app that calls `startAgent` itself takes it over: one process, one agent. No rare mix:
// every generated launcher preloads the agent, whatever the app's own code does.
import { RunningAgent, type Agent, type RunningAgentOptions } from "./running-agent.ts";

let preloaded: Promise<Agent | undefined> | undefined;

/** Keeps the agent of the preload for the app's own `startAgent`, which may never come. */
export function keepPreloaded(starting: Promise<Agent | undefined>): void {
  preloaded = starting;
}

/**
 * The agent of the preload, from now on with the app's own tasks, context and readiness; undefined where there is none, or
 * where the app wants another name, place or limits: that one is closed first.
 */
export async function takePreloaded(wanted: RunningAgentOptions): Promise<Agent | undefined> {
  const starting = preloaded;
  preloaded = undefined;
  // Why the preload's could not start has been said; the app's own attempt may be luckier.
  const agent = await starting?.catch(() => undefined);
  if (!(agent instanceof RunningAgent)) return undefined;
  if (agent.adopt(wanted)) return agent;
  await agent.close({ graceMs: 0 });
  return undefined;
}
