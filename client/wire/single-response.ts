// Sends one JSON-RPC request by `POST /rpc` and returns its response with its content unread. ./request.ts reads the
// content.
import type { RpcError } from "../../shared/errors.ts";
import type { Method, Params } from "../../shared/messages/methods.ts";
import { requestMessage } from "../../shared/messages/protocol.ts";
import { lostAnswer, notRemsh, silent, type Address } from "./address.ts";
import { parseMessage, type Received } from "./answers.ts";
import { Deadline } from "./deadline.ts";
import { exchange } from "./exchange.ts";
import { ANSWER_LIMIT_MS } from "./limits.ts";

/** The question, and how long to wait for the answer. */
export interface SingleQuestion<M extends Method = Method> {
  method: M;
  params: Params<M>;
  /** Delays reading the answer while its listeners cannot take more. */
  hold?: () => Promise<void> | undefined;
  /** The error if the connection ends before the answer. */
  lost?: () => RpcError;
  /** When the answer must have arrived. Default: 5 s from now. */
  deadline?: Deadline;
  /** The error if it has not. */
  late?: () => RpcError;
  /** Abandons the request, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Each connection carries only one request. */
const REQUEST_ID = 1;

/**
 * Sends the request and resolves to its response. `notified` is called for each notification before it.
 *
 * @throws RpcError that says why there is no response, and what `notified` throws.
 */
export async function singleResponse<M extends Method>(
  address: Address,
  question: SingleQuestion<M>,
  notified: (method: string, params: unknown) => void = () => {},
): Promise<Received> {
  const { method, params, hold, signal, deadline = new Deadline(ANSWER_LIMIT_MS) } = question;
  const limit = deadline.limit(question.late ?? (() => silent(address, deadline)));
  let response: Received | undefined;
  const onLine = (line: string) => {
    const message = parseMessage(line);
    if (message === undefined) throw notRemsh(address);
    if (message.method !== undefined) return notified(message.method, message.params);
    // Exactly one response, with the id of the question; or null if the agent could not read the question.
    if (response || (message.id !== REQUEST_ID && message.id !== null)) throw notRemsh(address);
    response = message;
  };
  const status = await exchange(address, {
    path: "/rpc",
    body: requestMessage(REQUEST_ID, method, params),
    ...{ onLine, hold, limit, signal },
  });
  if (response) return response;
  // An agent's refusal has a body. A status without one comes from something else.
  if (status !== undefined && status !== 200) throw notRemsh(address);
  throw question.lost?.() ?? lostAnswer(address, `"${method}"`);
}
