// One look at `/livez` or `/readyz`: what `ping`, `pid` and `status` are made of.
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
 * Asks the agent at the address; any answer that is an agent's is good here, a stalled one too.
 *
 * @throws RpcError when there is no answer, or it is not that of an agent which speaks this protocol.
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

/** An agent that refuses to speak with this client says so in an error of its own. */
function refusal(text: string): Error | undefined {
  const error = parseMessage(text)?.error;
  return error && toError(error);
}

/** An object with these two is what /livez and /readyz of some agent answer with. */
function parseAnswer(text: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return isObject(answer) && "protocol" in answer && "pid" in answer ? answer : undefined;
  } catch {
    return undefined; // the caller says that this is no agent
  }
}
