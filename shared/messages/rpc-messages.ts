// What every message is made of: JSON-RPC 2.0, and how a value travels. Named as in PROTOCOL.md; methods.ts lists the methods.

/** The WebSocket subprotocol, and the one version of the protocol there is. */
export const SUBPROTOCOL = "remsh.v1";

/** Header of the answer to an upgrade: how many requests may be in flight on the connection. */
export const IN_FLIGHT_HEADER = "Remsh-In-Flight";

/** WebSocket close code for a peer that broke the protocol; the reason says how. */
export const CLOSE_VIOLATION = 4400;

/** A JSON-RPC request id: unique among the requests in flight on one connection. */
export type RequestId = string | number;

/** A request as it travels; methods.ts says which `params` each method has. */
export interface Request {
  jsonrpc: "2.0";
  id: RequestId;
  method: string;
  params: Record<string, unknown>;
}

/** Parameters of what the main thread answers at once when it can: `runs`, and part of the others'. */
export interface WaitParams {
  /** How long the caller waits, in milliseconds; default and at most 5000. Then it is told why there is no answer. */
  timeoutMs?: number;
}

/** A value as it travels: plain JSON as it is, anything else as devalue's text; no `value` at all is `undefined`. */
export interface Encoded {
  value?: unknown;
  encoding?: "devalue";
}
