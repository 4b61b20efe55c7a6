// Reads what the other end has sent: the parameters of a request, a result, a notification. Both ends read with these
// functions. Content that does not fit the table is an error and is never reinterpreted.
import { RpcError } from "../errors.ts";
import { NOTIFIED, PARAMS, RESULTS } from "./method-shapes.ts";
import type { CheckedNotification, CheckedRequest, Method, Notifications, Params, Result } from "./methods.ts";
import type { Request } from "./rpc-messages.ts";
import { read } from "./shape.ts";

/** Methods whose failure includes the state of a task: if the result cannot be read, the state is unknown. */
const RUNNING = new Set<Method>(["call", "evaluate", "console.evaluate"]);

/**
 * The request with its parameters checked.
 *
 * @throws RpcError NOT_SUPPORTED when there is no such method, BAD_ARGUMENTS when its parameters do not fit.
 */
export function checkRequest({ id, method, params }: Request): CheckedRequest {
  if (!isMethod(method))
    throw new RpcError("NOT_SUPPORTED", `Cannot answer "${method}": this agent does not know the method`);
  // The compiler cannot see that method and parameters belong together; readParams has just checked that they do.
  return { id, method, params: readParams(method, params) } as CheckedRequest;
}

/** @throws RpcError BAD_ARGUMENTS when the parameters do not fit the method. */
export function readParams<M extends Method>(method: M, params: unknown): Params<M> {
  const fail = (reason: string) =>
    new RpcError("BAD_ARGUMENTS", `Cannot read the parameters of "${method}": ${reason}`);
  return read(PARAMS[method], params, fail);
}

/**
 * The result of a method. `agent` names the sender: `shop 4711`.
 *
 * @throws RpcError BAD_MESSAGE when it does not fit.
 */
export function readResult<M extends Method>(method: M, result: unknown, agent: string): Result<M> {
  const state = RUNNING.has(method) ? "unknown" : "not-started";
  const fail = (reason: string) =>
    new RpcError("BAD_MESSAGE", `Cannot read the answer of ${agent} to "${method}": ${reason}`, { state });
  return read(RESULTS[method], result, fail);
}

/**
 * A notification; undefined for an unknown one, which a newer agent may send. `agent` names the sender.
 *
 * @throws RpcError BAD_MESSAGE when it does not fit.
 */
export function readNotification(method: string, params: unknown, agent: string): CheckedNotification | undefined {
  if (!isNotification(method)) return undefined;
  const fail = (reason: string) =>
    new RpcError("BAD_MESSAGE", `Cannot read the notification "${method}" of ${agent}: ${reason}`, {
      state: "unknown",
    });
  // As in checkRequest.
  return { method, params: read<Notifications[typeof method]>(NOTIFIED[method], params, fail) } as CheckedNotification;
}

/** True for the name of a method. */
export function isMethod(name: string): name is Method {
  return Object.hasOwn(PARAMS, name);
}

function isNotification(name: string): name is keyof Notifications {
  return Object.hasOwn(NOTIFIED, name);
}
