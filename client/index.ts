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
} from "../shared/messages/messages.ts";
export type { AnswerOptions, CallOptions, CastOptions, Client } from "./client.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { instances, type RunningInstance } from "./find/running-instances.ts";
export type { Target } from "./find/discover.ts";
export type { AnyTasks, TaskArgs, TaskName, TaskResult } from "./typed.ts";
