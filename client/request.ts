// One JSON-RPC request by `POST /rpc`: for programs that ask once and end, as commands do. The library keeps a WebSocket.
import { RpcError } from "../shared/errors.ts";
import {
  requestMessage,
  type AgentMessage,
  type Method,
  type RunOutput,
  type RunProgress,
} from "../shared/protocol.ts";
import { parseMessage, toError } from "./answers.ts";
import type { Address } from "./discover.ts";
import { exchange, notRemsh } from "./exchange.ts";

/** What is asked, and who hears what comes before the answer. */
export interface SingleRequest {
  method: Method;
  params: object;
  onOutput?: (output: RunOutput) => void;
  onProgress?: (progress: RunProgress) => void;
  /** The error to give when the connection ends before the answer. */
  lost?: () => RpcError;
  /** Gives up when nothing has been answered by then. Default: 15 s; null waits for ever. */
  answerWithinMs?: number | null;
}

const ANSWER_LIMIT_MS = 15_000;

/**
 * Sends the request and resolves to its result.
 *
 * @throws TaskError or RpcError: what the agent answered, or why it did not.
 */
export async function request<Result>(address: Address, question: SingleRequest): Promise<Result> {
  const { method, params, answerWithinMs = ANSWER_LIMIT_MS } = question;
  let answer: AgentMessage | undefined;
  await exchange(address, {
    path: "/rpc",
    body: requestMessage(1, method, params),
    ...(answerWithinMs !== null && { firstLineWithinMs: answerWithinMs }),
    onLine(line) {
      const message = parseMessage(line);
      if (message === undefined) throw notRemsh(address);
      if (message.method === undefined) answer = message;
      else hear(message, question);
    },
  });
  if (answer?.error) throw toError(answer.error);
  // The protocol says which result each method has; what an agent sends is trusted to be that.
  if (answer && "result" in answer) return answer.result as Result;
  throw (question.lost ?? (() => lost(address, method)))();
}

function hear({ method, params }: AgentMessage, { onOutput, onProgress }: SingleRequest): void {
  // By the protocol: `run.output` carries a RunOutput, `run.progress` a RunProgress.
  if (method === "run.output") onOutput?.(params as RunOutput);
  if (method === "run.progress") onProgress?.(params as RunProgress);
}

function lost({ label }: Address, method: string): RpcError {
  return new RpcError("CONNECTION_LOST", `Lost ${label} before it answered "${method}"`);
}
