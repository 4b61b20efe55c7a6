/// <reference types="node" preserve="true" />
// The client library: what programs import from "remsh/client".
export { RpcError, TaskError, RPC_CODES, type RpcCode, type TaskState } from "../shared/errors.ts";
export type {
  CancelResult,
  DescribeResult,
  PingResult,
  RunDescription,
  RunOutput,
  RunProgress,
  StackFrame,
  StackResult,
  TaskDescription,
} from "../shared/messages.ts";
export {
  connect,
  type AnswerOptions,
  type CallOptions,
  type CastOptions,
  type Client,
  type ConnectOptions,
} from "./client.ts";
export { instances, type RunningInstance } from "./running-instances.ts";
export type { Target } from "./discover.ts";
export type { AnyTasks, TaskArgs, TaskName, TaskResult } from "./typed.ts";
