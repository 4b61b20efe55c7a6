// The package's main entry: what an app imports from "remsh".
import { latestRunner } from "./start-agent.ts";
import type { RunContext } from "./task.ts";

export { startAgent, type Agent, type AgentOptions } from "./start-agent.ts";
export { task, TaskFailure, type Progress, type RunContext, type Task } from "./task.ts";

/** The run that the calling code is part of, from any depth of its async calls; undefined outside of one. */
export function currentRun(): RunContext | undefined {
  return latestRunner()?.current?.context;
}
