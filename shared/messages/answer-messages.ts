// The messages that an agent sends: responses, notifications, and errors with what a task threw. Named as in
// PROTOCOL.md.
import type { RpcCode, RpcErrorDetails } from "../errors.ts";
import type { Encoded, RequestId } from "./rpc-messages.ts";

/** What a task threw, as it is sent: an Error with all its parts, or another value with its text. */
export type Thrown = { error: ThrownError } | ({ text: string; isUndefined?: true } & Encoded);

/** An Error as it is sent. */
export interface ThrownError {
  name: string;
  message: string;
  /** Only the frames, cut to the task's own. */
  stack?: string;
  cause?: Thrown;
  /** Only for an AggregateError. */
  errors?: Thrown[];
  /** The error's own properties, `code` among them. A property that JSON cannot represent is sent as text. */
  properties?: Record<string, unknown>;
}

/** `data` of an error that says the task threw. */
export interface TaskErrorData {
  run: string;
  thrown: Thrown;
  exitCode?: number;
}

/** `data` of an error that says the call failed. */
export interface RpcErrorData extends RpcErrorDetails {
  code: RpcCode;
}

/** JSON-RPC's number for an error whose data is {@link TaskErrorData}. */
export const TASK_THREW = -32000;

/** A JSON-RPC error object. */
export interface ErrorObject {
  code: number;
  message: string;
  data?: RpcErrorData | TaskErrorData;
}

/** What an agent sends: a response (with `id`) or a notification (with `method`). */
export interface AgentMessage {
  id?: RequestId | null;
  result?: unknown;
  error?: ErrorObject;
  method?: string;
  params?: unknown;
}
