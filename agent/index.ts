/// <reference types="node" preserve="true" />
// The package's main entry: what an app imports from "remsh".
export { currentRun } from "./runs/current-run.ts";
export type { Agent } from "./running-agent.ts";
export { startAgent, type AgentOptions } from "./start-agent.ts";
export { task, TaskFailure, type Progress, type RunContext, type Task } from "./tasks/task.ts";
