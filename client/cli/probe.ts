// One look at `/livez` or `/readyz`: what `ping`, `pid` and `status` are made of.
import { RpcError } from "../../shared/errors.ts";
import { SUBPROTOCOL, type PingResult } from "../../shared/messages.ts";
import { lostAnswer, notRemsh, silent, type Address } from "../address.ts";
import { parseMessage, toError } from "../answers.ts";
import { ANSWER_LIMIT_MS, Deadline } from "../deadline.ts";
import { exchange } from "../exchange.ts";

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
  const result = parseAnswer(text);
  if (result === undefined) throw refusal(text) ?? notRemsh(address);
  if (result.protocol === SUBPROTOCOL) return result;
  throw new RpcError(
    "VERSION_NOT_SHARED",
    `Cannot speak with ${address.label}: it speaks ${result.protocol}, this client ${SUBPROTOCOL}`,
  );
}

/** An agent that refuses to speak with this client says so in an error of its own. */
function refusal(text: string): Error | undefined {
  const error = parseMessage(text)?.error;
  return error && toError(error);
}

function parseAnswer(text: string): PingResult | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const isAgent = typeof answer === "object" && answer !== null && "protocol" in answer && "pid" in answer;
    // An object with these two is what /livez and /readyz answer with.
    return isAgent ? (answer as PingResult) : undefined;
  } catch {
    return undefined; // the caller says that this is no agent
  }
}
