// Reads the parameters of requests, as far as the gateway needs them; the rest is the runner's to read.
import { checkTime } from "../../shared/check-time.ts";
import { EVALUATION_LIMIT_MS } from "../../shared/console-messages.ts";
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Request } from "../../shared/messages.ts";
import { RUN_ID } from "../../shared/protocol.ts";
import { QUICK_REQUEST_MS } from "./limits.ts";

/** @throws RpcError BAD_ARGUMENTS */
export function textOf({ method, params }: Request, name: string): string {
  const value = params[name];
  if (typeof value === "string") return value;
  throw badParams(method, `"${name}" must be a string`);
}

/** @throws RpcError BAD_ARGUMENTS */
export function idOf(request: Request, name: string): string | undefined {
  const id = request.params[name];
  if (id === undefined || isRunId(id)) return id;
  throw badParams(request.method, `"${name}" must be 1 to 64 of A-Z a-z 0-9 _ -`);
}

/** @throws RpcError BAD_ARGUMENTS */
export function msOf({ params }: Request, name: string): number | undefined {
  const ms = params[name];
  checkTime(ms);
  return ms;
}

/** @throws RpcError BAD_ARGUMENTS */
export function flagOf({ method, params }: Request, name: string): boolean | undefined {
  const value = params[name];
  if (value === undefined || typeof value === "boolean") return value;
  throw badParams(method, `"${name}" must be true or false`);
}

/** How long the caller waits for an answer that should come at once. @throws RpcError BAD_ARGUMENTS */
export function quickLimitOf(request: Request): number {
  return Math.min(msOf(request, "timeoutMs") ?? QUICK_REQUEST_MS, QUICK_REQUEST_MS);
}

/** How long an evaluation of a console may stop the app. @throws RpcError BAD_ARGUMENTS */
export function evaluationLimitOf({ params: { timeoutMs = EVALUATION_LIMIT_MS } }: Request): number {
  const limitMs = Number(timeoutMs);
  if (typeof timeoutMs === "number" && Number.isInteger(limitMs) && limitMs > 0 && limitMs <= MAX_DURATION_MS)
    return limitMs;
  throw new RpcError("BAD_ARGUMENTS", `Cannot evaluate: "timeoutMs" must be a whole number of milliseconds`);
}

/** Whether it can be the id of a run, a console, a session or a lease. */
export function isRunId(value: unknown): value is string {
  return typeof value === "string" && RUN_ID.test(value);
}

/** The parameters cannot be read; the reason completes the sentence. */
export function badParams(method: string, reason: string): RpcError {
  return new RpcError("BAD_ARGUMENTS", `Cannot read the parameters of "${method}": ${reason}`);
}
