// One request to an agent, for programs that ask once and end, as commands do. The library keeps a WebSocket instead.
import type { RunOutput, RunProgress } from "../../shared/messages/messages.ts";
import type { Method, Params, Result } from "../../shared/messages/methods.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { readNotification, readResult } from "../../shared/messages/readers.ts";
import type { Address } from "./address.ts";
import { Deadline } from "./deadline.ts";
import { ANSWER_LIMIT_MS } from "./limits.ts";
import { singleResponse, type SingleQuestion } from "./single-response.ts";
import { errorOf } from "./task-failure.ts";

/** The question, and the listeners for what arrives before the answer. */
export interface SingleRequest<M extends Method = Method> extends SingleQuestion<M> {
  onOutput?: (output: RunOutput) => void;
  onProgress?: (progress: RunProgress) => void;
}

/**
 * Sends the request and resolves to its result.
 *
 * @throws TaskError or RpcError: the agent's error, or why there is no answer; BAD_MESSAGE when the agent broke the
 * protocol.
 */
export async function request<M extends Method>(address: Address, question: SingleRequest<M>): Promise<Result<M>> {
  const { label } = address;
  const { onOutput, onProgress } = question;
  const { result, error } = await singleResponse(address, question, (method, params) => {
    const notification = readNotification(method, params, label);
    if (notification?.method === "run.output") onOutput?.(notification.params);
    if (notification?.method === "run.progress") onProgress?.(notification.params);
  });
  if (error) throw await errorOf(error);
  return readResult(question.method, result, label);
}

/**
 * Asks a question that an agent answers at once; if it cannot, it says why at the deadline.
 *
 * @throws as {@link request}.
 */
export function ask<M extends "describe" | "runs">(
  address: Address,
  question: { method: M; params?: Params<M>; deadline?: Deadline },
): Promise<Result<M>> {
  const { method, deadline = new Deadline(ANSWER_LIMIT_MS) } = question;
  const params = { ...question.params, ...defined({ timeoutMs: deadline.leftMs }) };
  return request(address, { method, params, deadline });
}
