// Opens a connection to an agent. If that fails, the error says which of the many possible faults it was.
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import WebSocket from "ws";
import { abortError } from "../shared/abort-error.ts";
import { FOLDER_HEADER, folderHeader } from "../shared/app-folder.ts";
import { MAX_DURATION_MS } from "../shared/duration.ts";
import type { RpcError } from "../shared/errors.ts";
import { IN_FLIGHT_HEADER, SUBPROTOCOL } from "../shared/messages/messages.ts";
import { connectionFailure, lostAnswer, notRemsh, silent, type Address } from "./wire/address.ts";
import { parseMessage, toError } from "./wire/answers.ts";
import { CallPlaces, DEFAULT_QUEUED } from "./call-places.ts";
import { Connection } from "./connection.ts";
import type { Deadline } from "./wire/deadline.ts";

/** The limit of an agent that names none. */
const DEFAULT_IN_FLIGHT = 128;

/** A refusal longer than this does not come from an agent. */
const MAX_REFUSAL = 64 * 1024;

/** How a connection is opened. */
export interface Opening {
  /** When the agent must have accepted it. */
  deadline: Deadline;
  /** Abandons the attempt, which then rejects with the signal's reason, an Error. */
  signal?: AbortSignal;
  /** How many calls may wait for a place in it. */
  queued?: number;
}

/**
 * @throws RpcError when no agent can be reached by then, or when the answer is not that of an agent with this protocol.
 */
export function open(address: Address, { deadline, signal, queued = DEFAULT_QUEUED }: Opening): Promise<Connection> {
  let connected = false;
  const stream = connect(address.socket, () => (connected = true));
  const socket = new WebSocket("ws://localhost/", [SUBPROTOCOL], {
    createConnection: () => stream,
    perMessageDeflate: false,
    headers: address.folder === undefined ? {} : { [FOLDER_HEADER]: folderHeader(address.folder) },
  });
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      reject(error);
      socket.terminate();
    };
    const limit = deadline.limit(() => silent(address, deadline));
    const timer = limit && setTimeout(() => fail(limit.error()), Math.min(limit.ms, MAX_DURATION_MS));
    const abandon = () => fail(abortError(signal));
    signal?.addEventListener("abort", abandon);
    let inFlight = DEFAULT_IN_FLIGHT;
    socket.once("open", () =>
      resolve(new Connection({ socket, stream, label: address.label, places: new CallPlaces(inFlight, queued) })),
    );
    socket.once("upgrade", ({ headers }) => {
      clearTimeout(timer);
      inFlight = Number(headers[IN_FLIGHT_HEADER.toLowerCase()]) || inFlight;
    });
    socket.once("close", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abandon);
    });
    socket.on("error", (error) =>
      reject(connected ? openingFailure(error, address) : connectionFailure(error, address)),
    );
    socket.once("unexpected-response", (_request, response) => {
      void readRefusal(response).then((body) => fail(refusal(body, address)));
    });
    if (signal?.aborted) abandon();
  });
}

/** The other end accepted the connection, but did not become a WebSocket with remsh's subprotocol. */
function openingFailure(error: Error, address: Address): RpcError {
  const code = "code" in error ? error.code : undefined;
  return code === "ECONNRESET" || code === "EPIPE" ? lostAnswer(address, "the connection", error) : notRemsh(address);
}

/** The response in place of an upgrade, as far as it arrived. */
async function readRefusal(response: IncomingMessage): Promise<string> {
  let body = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      body += String(chunk);
      if (body.length > MAX_REFUSAL) break;
    }
  } catch {
    // The response was cut off; the part that arrived is used.
  }
  return body;
}

function refusal(body: string, address: Address): RpcError {
  const error = parseMessage(body)?.error;
  return error ? toError(error) : notRemsh(address);
}
