// A question of the gateway's own to the runner, asked as a client's would be.
import { RpcError } from "../../shared/errors.ts";
import type { AgentMessage, DescribeParams } from "../../shared/messages.ts";
import { requestMessage } from "../../shared/protocol.ts";
import type { Gateway } from "./gateway.ts";
import { QUICK_REQUEST_MS } from "./limits.ts";
import { Relay } from "./relay.ts";

/** What the gateway asks. */
type Question = { method: "describe"; params: DescribeParams } | { method: "runs"; params: Record<string, never> };

/**
 * Asks, and resolves to the result.
 *
 * @throws RpcError when the runner does not answer in time, or with an error.
 */
export function askRunner<Result>(gateway: Gateway, { method, params }: Question): Promise<Result> {
  return new Promise((resolve, reject) => {
    const relay = new Relay(gateway, {
      notify: (_text, written) => written(),
      finished() {},
      respond(_id, text) {
        relay.end();
        // Our own gateway or runner wrote it: the response to this one question, whose result the protocol names.
        const { result, error } = JSON.parse(text) as AgentMessage;
        if (!error) return resolve(result as Result);
        reject(new RpcError(error.data && "code" in error.data ? error.data.code : "INTERNAL", error.message));
      },
    });
    const request = { jsonrpc: "2.0", id: 1, method, params: { ...params } } as const;
    relay.ask(request, requestMessage(1, method, params), QUICK_REQUEST_MS);
  });
}
