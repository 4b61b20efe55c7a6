// One JSON-RPC request by `POST /rpc`: for programs that ask once and end, as commands do. The library keeps a WebSocket.
import type { RpcError } from "../shared/errors.ts";
import type { AgentMessage, Method, RunOutput, RunProgress } from "../shared/messages.ts";
import { defined, requestMessage } from "../shared/protocol.ts";
import { errorOf, parseMessage } from "./answers.ts";
import { lostAnswer, notRemsh, silent, type Address } from "./address.ts";
import { ANSWER_LIMIT_MS, Deadline } from "./deadline.ts";
import { exchange } from "./exchange.ts";

/** What is asked, and who hears what comes before the answer. */
export interface SingleRequest {
  method: Method;
  params: object;
  onOutput?: (output: RunOutput) => void;
  onProgress?: (progress: RunProgress) => void;
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
 * Sends the request and resolves to its result.
 *
 * @throws TaskError or RpcError: what the agent answered, or why it did not.
 */
export async function request<Result>(address: Address, question: SingleRequest): Promise<Result> {
  const { method, params, hold, signal, deadline = new Deadline(ANSWER_LIMIT_MS) } = question;
  const limit = deadline.limit(question.late ?? (() => silent(address, deadline)));
  let answer: AgentMessage | undefined;
  const onLine = (line: string) => {
    const message = parseMessage(line);
    if (message === undefined) throw notRemsh(address);
    if (message.method !== undefined) return hear(message, question);
    // One answer, to what was asked; null where the agent could not read the question.
    if (answer || (message.id !== REQUEST_ID && message.id !== null)) throw notRemsh(address);
    answer = message;
  };
  const status = await exchange(address, {
    path: "/rpc",
    body: requestMessage(REQUEST_ID, method, params),
    ...{ onLine, hold, limit, signal },
  });
  if (answer?.error) throw await errorOf(answer.error);
  // The protocol says which result each method has; what an agent sends is trusted to be that.
  if (answer) return answer.result as Result;
  // An agent's refusal has a body: a status without one is somebody else's.
  if (status !== undefined && status !== 200) throw notRemsh(address);
  throw question.lost?.() ?? lostAnswer(address, `"${method}"`);
}

/**
 * Asks what an agent answers at once, or says at the deadline why not.
 *
 * @throws as {@link request}.
 */
export function ask<Result>(
  address: Address,
  question: { method: Method; params?: object; deadline?: Deadline },
): Promise<Result> {
  const { method, deadline = new Deadline(ANSWER_LIMIT_MS) } = question;
  const params = { ...question.params, ...defined({ timeoutMs: deadline.leftMs }) };
  return request<Result>(address, { method, params, deadline });
}

function hear({ method, params }: AgentMessage, { onOutput, onProgress }: SingleRequest): void {
  // By the protocol: `run.output` carries a RunOutput, `run.progress` a RunProgress.
  if (method === "run.output") onOutput?.(params as RunOutput);
  if (method === "run.progress") onProgress?.(params as RunProgress);
}
