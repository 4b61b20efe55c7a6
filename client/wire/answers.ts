// Reads the envelope of an agent's messages, and the errors of failed calls. ./task-failure.ts reads what a task threw.
import { isRpcCode, RPC_CODES, RpcError, type RpcCode, type TaskState } from "../../shared/errors.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { anyObject, isObject, number, object, optional, text as string } from "../../shared/messages/shape.ts";

const STATES: readonly TaskState[] = ["not-started", "running", "stopped", "unknown"];

/** One message of an agent, with its content unread. A notification has a method, a response a result or an error. */
export interface Received {
  id?: unknown;
  result?: unknown;
  error?: ReceivedError;
  method?: string;
  params?: Record<string, unknown>;
}

/** An error object as it arrived. */
export interface ReceivedError {
  code: number;
  message: string;
  data?: Record<string, unknown>;
}

const receivedError = object<ReceivedError>({ code: number, message: string, data: optional(anyObject) });

/** One message of an agent, or undefined when the text is neither a notification nor a response. */
export function parseMessage(text: string): Received | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return isObject(message) && isMessage(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(message: Record<string, unknown>): message is Record<string, unknown> & Received {
  const { method, error } = message;
  if (method !== undefined) return typeof method === "string" && isObject(message.params);
  return error === undefined ? "result" in message : receivedError(error) === undefined;
}

/** The error of a failed call. Details that cannot be read are ignored, because the sentence is what matters. */
export function toError({ code, message, data = {} }: ReceivedError): RpcError {
  const { run, state, text } = data;
  const details = { run: textOf(run), text: textOf(text), state: STATES.find((known) => known === state) };
  return new RpcError(codeOf(data.code, code), message, defined(details));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A newer agent may know more codes than this list: the error then keeps its sentence and gets the code INTERNAL. */
function codeOf(name: unknown, number: number): RpcCode {
  const codes = Object.keys(RPC_CODES).filter(isRpcCode);
  return codes.find((code) => code === name) ?? codes.find((code) => RPC_CODES[code][0] === number) ?? "INTERNAL";
}
