// Writes messages, and reads the envelope of a request. Both ends use only these functions. readers.ts reads the
// content.
import type { ErrorObject, RpcErrorData } from "./answer-messages.ts";
import { RPC_CODES, RpcError } from "../errors.ts";
import type { Method, Notifications } from "./methods.ts";
import type { Request, RequestId } from "./rpc-messages.ts";
import { isObject } from "./shape.ts";
import type { Limits } from "./task-messages.ts";

/** The form of a run's id that the caller chooses. */
export const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Writes the response to a request that failed; `id` is null if it could not be read. */
export function errorMessage(id: RequestId | null, error: RpcError): string {
  return responseMessage(id, "error", JSON.stringify(errorObject(error)));
}

/** Writes a response, from the JSON of the result or the error object. */
export function responseMessage(id: RequestId | null, kind: "result" | "error", json: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${kind}":${json}}`;
}

/** An error as it is sent. */
export function errorObject(error: RpcError): ErrorObject {
  const { code, message, run, state, text } = error;
  const data: RpcErrorData = { code, ...defined({ run, state, text }) };
  return { code: RPC_CODES[code][0], message, data };
}

/** Writes a request. */
export function requestMessage(id: RequestId, method: Method, params: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

/** Writes a notification; `seq` counts the notifications of its run. */
export function notificationMessage<M extends keyof Notifications>(method: M, params: Notifications[M]): string {
  return `{"jsonrpc":"2.0","method":"${method}","params":${JSON.stringify(params)}}`;
}

/**
 * Reads a request.
 *
 * @throws RpcError when the peer has broken the protocol: BAD_MESSAGE when the text is not a JSON-RPC 2.0 request with
 * an id, LIMIT_EXCEEDED when it is nested too deeply.
 */
export function parseRequest(text: string, limits: Pick<Limits, "depth">): Request {
  const message = parseJson(text);
  if (!isObject(message)) throw violation("a message must be one JSON object");
  checkDepth(message, limits.depth);
  const { jsonrpc, id, method, params = {} } = message;
  if (jsonrpc !== "2.0") throw violation('"jsonrpc" must be "2.0"');
  if (typeof method !== "string") throw violation('"method" must be a string: only requests are read here');
  if (!isRequestId(id)) throw violation('"id" must be a whole number or a string of at most 128 characters');
  if (!isObject(params)) throw violation('"params" must be an object');
  return { jsonrpc, id, method, params };
}

/** @throws RpcError LIMIT_EXCEEDED when the message, itself counted, nests arrays and objects deeper than this. */
export function checkDepth(message: object, levels: number): void {
  if (!isDeeper(message, levels)) return;
  const sentence = `Cannot read the message: it is nested deeper than ${levels} levels`;
  throw new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" });
}

/** The object without the keys whose value is undefined, as `exactOptionalPropertyTypes` requires. */
export function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  // Object.fromEntries loses the keys' types; they are those of T.
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw violation("it is not JSON");
  }
}

function violation(reason: string): RpcError {
  return new RpcError("BAD_MESSAGE", `Cannot read the message: ${reason}`);
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === "string" ? value.length <= 128 : Number.isSafeInteger(value);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
