// Asks an agent `/livez` or `/readyz` once, and returns what it says about its app.
import { RpcError } from "../../shared/errors.ts";
import { SUBPROTOCOL, type PingResult } from "../../shared/messages/messages.ts";
import { pingResult } from "../../shared/messages/ping-shapes.ts";
import { isObject, read } from "../../shared/messages/shape.ts";
import { lostAnswer, notRemsh, silent, type Address } from "./address.ts";
import { parseMessage, toError } from "./answers.ts";
import { Deadline } from "./deadline.ts";
import { exchange } from "./exchange.ts";
import { ANSWER_LIMIT_MS } from "./limits.ts";

/**
 * Asks the agent at the address. Any answer of an agent is accepted, even that of a stalled one.
 *
 * @throws RpcError when there is no answer, or the answer is not that of an agent with this protocol.
 */
export async function probe(
  address: Address,
  path: "/livez" | "/readyz",
  deadline = new Deadline(ANSWER_LIMIT_MS),
): Promise<PingResult> {
  let text = "";
  const limit = deadline.limit(() => silent(address, deadline));
  const status = await exchange(address, { path, limit, isOneLine: true, onLine: (line) => (text = line) });
  if (status === undefined) throw lostAnswer(address, '"ping"');
  const { label } = address;
  const answer = parseAnswer(text);
  if (answer === undefined) throw refusal(text) ?? notRemsh(address);
  if (answer.protocol !== SUBPROTOCOL) {
    const sentence = `Cannot speak with ${label}: it speaks ${String(answer.protocol)}, this client ${SUBPROTOCOL}`;
    throw new RpcError("VERSION_NOT_SHARED", sentence);
  }
  const unreadable = (reason: string) =>
    new RpcError("BAD_MESSAGE", `Cannot read the answer of ${label} to "ping": ${reason}`);
  return read(pingResult, answer, unreadable);
}

/** The error of an agent that refuses to speak with this client. */
function refusal(text: string): Error | undefined {
  const error = parseMessage(text)?.error;
  return error && toError(error);
}

/** An agent of any version answers /livez and /readyz with an object that has these two members. */
function parseAnswer(text: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return isObject(answer) && "protocol" in answer && "pid" in answer ? answer : undefined;
  } catch {
    return undefined; // the caller reports that this is not an agent
  }
}
