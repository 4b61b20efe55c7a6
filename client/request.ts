// One JSON-RPC request by `POST /rpc`: for programs that ask once and end, as commands do. The library keeps a WebSocket.
import type { RpcError } from "../shared/errors.ts";
import type { AgentMessage, Method, RunOutput, RunProgress } from "../shared/messages.ts";
import { requestMessage } from "../shared/protocol.ts";
import { parseMessage, toError } from "./answers.ts";
import { lostAnswer, notRemsh, silent, type Address } from "./address.ts";
import { exchange, type Limit } from "./exchange.ts";

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
  /** The answer must have come within this time. Default: 15 s; null waits for ever. */
  limit?: Limit | null;
  /** Abandons the request; it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

const ANSWER_LIMIT_MS = 15_000;

/**
 * Sends the request and resolves to its result.
 *
 * @throws TaskError or RpcError: what the agent answered, or why it did not.
 */
export async function request<Result>(address: Address, question: SingleRequest): Promise<Result> {
  const { method, params, hold, signal } = question;
  const limit = question.limit === undefined ? answerLimit(address) : (question.limit ?? undefined);
  let answer: AgentMessage | undefined;
  const onLine = (line: string) => {
    const message = parseMessage(line);
    if (message === undefined) throw notRemsh(address);
    if (message.method === undefined) answer = message;
    else hear(message, question);
  };
  const status = await exchange(address, {
    path: "/rpc",
    body: requestMessage(1, method, params),
    ...{ onLine, hold, limit, signal },
  });
  if (answer?.error) throw toError(answer.error);
  // The protocol says which result each method has; what an agent sends is trusted to be that.
  if (answer) return answer.result as Result;
  // An agent's refusal has a body: a status without one is somebody else's.
  if (status !== undefined && status !== 200) throw notRemsh(address);
  throw question.lost?.() ?? lostAnswer(address, `"${method}"`);
}

/** The limit of a question that an agent answers at once: `ms` without an answer mean that it is stopped. */
export function answerLimit(address: Address, ms = ANSWER_LIMIT_MS): Limit {
  return { ms, error: () => silent(address, ms) };
}

function hear({ method, params }: AgentMessage, { onOutput, onProgress }: SingleRequest): void {
  // By the protocol: `run.output` carries a RunOutput, `run.progress` a RunProgress.
  if (method === "run.output") onOutput?.(params as RunOutput);
  if (method === "run.progress") onProgress?.(params as RunProgress);
}
