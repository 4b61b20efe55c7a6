// The parts of every message: JSON-RPC 2.0, and how a value is sent. Named as in PROTOCOL.md; methods.ts lists the
// methods.

/** The WebSocket subprotocol, which is the only version of the protocol. */
export const SUBPROTOCOL = "remsh.v1";

/** Header in the response to an upgrade: how many requests may be in flight on the connection. */
export const IN_FLIGHT_HEADER = "Remsh-In-Flight";

/** WebSocket close code for a peer that broke the protocol; the reason says how. */
export const CLOSE_VIOLATION = 4400;

/** A JSON-RPC request id: unique among the requests in flight on one connection. */
export type RequestId = string | number;

/** A request as it is sent; methods.ts says which `params` each method has. */
export interface Request {
  jsonrpc: "2.0";
  id: RequestId;
  method: string;
  params: Record<string, unknown>;
}

/** Parameters of requests that the main thread answers at once if it can: `runs`, and part of the others'. */
export interface WaitParams {
  /**
   * How long the caller waits, in milliseconds; default and at most 5000. After that, the answer says why there is no
   * result.
   */
  timeoutMs?: number;
}

/** A value as it is sent: plain JSON as it is, any other value as devalue's text. Without `value` it is `undefined`. */
export interface Encoded {
  value?: unknown;
  encoding?: "devalue";
}
