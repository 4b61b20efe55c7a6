// Reads what an agent sends: results, and errors as the two classes that callers catch.
import { RPC_CODES, RpcError, type RpcCode, type TaskError } from "../shared/errors.ts";
import type { AgentMessage, ErrorObject, RpcErrorData, TaskErrorData } from "../shared/messages.ts";
import { defined } from "../shared/protocol.ts";
import { isObject } from "../shared/shape.ts";
import { isEncoded, toTaskError } from "../shared/thrown.ts";
import type { Devalue } from "../shared/values.ts";

/** One message of an agent, or undefined when the text is none: neither a notification nor a response. */
export function parseMessage(text: string): AgentMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return isObject(message) && isMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

// What a result and a notification's parameters hold is the agent's word, and is trusted to be what PROTOCOL.md says.
function isMessage(message: Record<string, unknown>): message is Record<string, unknown> & AgentMessage {
  const { method, error } = message;
  if (method !== undefined) return typeof method === "string" && isObject(message.params);
  return error === undefined ? "result" in message : isErrorObject(error);
}

function isErrorObject(value: unknown): value is ErrorObject {
  if (!isObject(value) || typeof value.code !== "number" || typeof value.message !== "string") return false;
  return value.data === undefined || isObject(value.data);
}

/** The error that an error object stands for. What was thrown may need devalue, which is then loaded. */
export async function errorOf(error: ErrorObject): Promise<RpcError | TaskError> {
  const isRich = isTaskErrorData(error.data) && isEncoded(error.data.thrown);
  return toError(error, isRich ? await import("devalue").catch(() => undefined) : undefined);
}

/** The same at once: a thrown value that is encoded is its text, without devalue. */
export function toError({ code, message, data }: ErrorObject, devalue?: Devalue): RpcError | TaskError {
  if (isTaskErrorData(data)) return toTaskError(data, devalue);
  const { run, state, text } = data ?? {};
  return new RpcError(codeOf(data?.code, code), message, defined({ run, state, text }));
}

function isTaskErrorData(data: RpcErrorData | TaskErrorData | undefined): data is TaskErrorData {
  return data !== undefined && "thrown" in data;
}

/** A newer agent may know more codes than this list: its sentence is kept, and the code is INTERNAL. */
function codeOf(name: string | undefined, number: number): RpcCode {
  const entries = Object.entries(RPC_CODES) as [RpcCode, readonly [number, string]][];
  const found = entries.find(([code]) => code === name) ?? entries.find(([, [known]]) => known === number);
  return found?.[0] ?? "INTERNAL";
}
