// Reads what an agent sends: results, and errors as the two classes that callers catch.
import { RPC_CODES, RpcError, type RpcCode, type TaskError } from "../shared/errors.ts";
import {
  defined,
  isObject,
  type AgentMessage,
  type ErrorObject,
  type RpcErrorData,
  type TaskErrorData,
} from "../shared/protocol.ts";
import { toTaskError } from "../shared/thrown.ts";

/** One message of an agent, or undefined when the text is none. */
export function parseMessage(text: string): AgentMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    // JSON-RPC's members are all optional in AgentMessage; what they hold is read with care below.
    return isObject(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

/** The error that an error object stands for. */
export function toError({ code, message, data }: ErrorObject): RpcError | TaskError {
  if (isTaskErrorData(data)) return toTaskError(data);
  const known = data?.code ?? codeOf(code);
  const { run, state, text } = data ?? {};
  return new RpcError(known, message, defined({ run, state, text }));
}

function isTaskErrorData(data: RpcErrorData | TaskErrorData | undefined): data is TaskErrorData {
  return data !== undefined && "thrown" in data;
}

function codeOf(number: number): RpcCode {
  const entries = Object.entries(RPC_CODES) as [RpcCode, readonly [number, string]][];
  return entries.find(([, [known]]) => known === number)?.[0] ?? "INTERNAL";
}
