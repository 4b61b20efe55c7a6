// The answer to a request, without the request's id. It can be put into the response to another request without being
// parsed.
import type { RpcError } from "../errors.ts";
import { TASK_THREW, type ErrorObject, type RequestId, type TaskErrorData } from "./messages.ts";
import { errorObject, responseMessage } from "./protocol.ts";

/** A request's one answer: the result, or the error object, in JSON. */
export interface Answer {
  kind: "result" | "error";
  json: string;
}

/** The request succeeded. */
export function resultAnswer(result: object): Answer {
  return { kind: "result", json: JSON.stringify(result) };
}

/** The request failed. */
export function errorAnswer(error: RpcError): Answer {
  return { kind: "error", json: JSON.stringify(errorObject(error)) };
}

/** The task that was called threw. */
export function taskErrorAnswer(message: string, data: TaskErrorData): Answer {
  return { kind: "error", json: JSON.stringify({ code: TASK_THREW, message, data } satisfies ErrorObject) };
}

/** Writes the response to the request of this id. */
export function answerMessage(id: RequestId, { kind, json }: Answer): string {
  return responseMessage(id, kind, json);
}
