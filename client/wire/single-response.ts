// One JSON-RPC request by `POST /rpc`, and its one response with nothing of its inside read: a plain `ping` asks no more than
// this. ./request.ts reads what is inside.
import type { RpcError } from "../../shared/errors.ts";
import type { Method, Params } from "../../shared/messages/methods.ts";
import { requestMessage } from "../../shared/messages/protocol.ts";
import { lostAnswer, notRemsh, silent, type Address } from "./address.ts";
import { parseMessage, type Received } from "./answers.ts";
import { Deadline } from "./deadline.ts";
import { exchange } from "./exchange.ts";
import { ANSWER_LIMIT_MS } from "./limits.ts";

/** What is asked, and how long the answer is waited for. */
export interface SingleQuestion<M extends Method = Method> {
  method: M;
  params: Params<M>;
  /** Holds the rest of the answer back while those who hear it cannot take more. */
  hold?: () => Promise<void> | undefined;
  /** The error to give when the connection ends before the answer. */
  lost?: () => RpcError;
  /** By when the answer must have come. Default: 5 s from now. */
  deadline?: Deadline;
  /** The error to give when it has not. */
  late?: () => RpcError;
  /** Abandons the request; it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** There is one request on a connection. */
const REQUEST_ID = 1;

/**
 * Sends the request and resolves to its response. `notified` hears what comes before.
 *
 * @throws RpcError that says why there is none, and what `notified` throws.
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
    // One response, to what was asked; null where the agent could not read the question.
    if (response || (message.id !== REQUEST_ID && message.id !== null)) throw notRemsh(address);
    response = message;
  };
  const status = await exchange(address, {
    path: "/rpc",
    body: requestMessage(REQUEST_ID, method, params),
    ...{ onLine, hold, limit, signal },
  });
  if (response) return response;
  // An agent's refusal has a body: a status without one is somebody else's.
  if (status !== undefined && status !== 200) throw notRemsh(address);
  throw question.lost?.() ?? lostAnswer(address, `"${method}"`);
}
