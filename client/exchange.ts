// One request over the agent's socket, and its answer line by line: HTTP/1.0 spoken directly. What the command line needs
// of HTTP fits in this file, and loading Node's HTTP client would cost it half as much time again.
import { connect, type Socket } from "node:net";
import { RpcError } from "../shared/errors.ts";
import { SUBPROTOCOL } from "../shared/protocol.ts";
import { connectionFailure, type Address } from "./discover.ts";

/** What is asked. */
export interface Question {
  path: string;
  /** Makes it a POST. */
  body?: string;
  /** Gives up when no answer has begun by then. */
  firstLineWithinMs?: number;
  /** Called for each line of the answer's body. */
  onLine: (line: string) => void;
}

/** A header section longer than this is not from an agent. */
const MAX_HEAD = 16 * 1024;

/**
 * Asks, and resolves to the HTTP status when the answer has ended. An answer that breaks off also ends: whether the last
 * line was there is for the caller to know.
 *
 * @throws RpcError when nobody can be reached, when what answers is not HTTP, or when it does not answer in time.
 */
export function exchange(address: Address, question: Question): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.socket);
    const reader = new AnswerReader(question.onLine);
    let connected = false;
    socket.setEncoding("utf8");
    socket.on("connect", () => {
      connected = true;
      socket.write(requestText(question));
    });
    socket.on("data", (text: string) => {
      socket.setTimeout(0);
      try {
        reader.read(text);
      } catch (error) {
        // What the listener makes of a line is the caller's error, not this event's.
        reject(error instanceof Error ? error : new Error(String(error)));
        socket.destroy();
      }
      if (reader.isForeign) socket.destroy();
    });
    // A connection that breaks after it was made ends the answer where it is.
    socket.on("error", (error) => (connected ? undefined : reject(connectionFailure(error, address))));
    socket.on("close", () => (reader.status === undefined ? reject(notRemsh(address)) : resolve(reader.status)));
    giveUpWhenSilent(socket, question.firstLineWithinMs, () =>
      reject(silent(address, question.firstLineWithinMs ?? 0)),
    );
  });
}

/** Something else than an agent listens there. */
export function notRemsh({ socket, label }: Address): RpcError {
  return new RpcError("NOT_REMSH", `Cannot reach ${label}: what listens at "${socket}" is not a remsh agent`);
}

class AnswerReader {
  status: number | undefined;
  /** True when what came is not HTTP. */
  isForeign = false;
  readonly #onLine: (line: string) => void;
  #text = "";
  #inBody = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  read(text: string): void {
    this.#text += text;
    if (!this.#inBody && !this.#readHead()) return;
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) if (line !== "") this.#onLine(line);
  }

  #readHead(): boolean {
    const end = this.#text.indexOf("\r\n\r\n");
    if (end === -1) {
      this.isForeign = this.#text.length > MAX_HEAD || !this.#text.startsWith("HTTP/".slice(0, this.#text.length));
      return false;
    }
    const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(this.#text) ?? [];
    this.isForeign = status === undefined;
    if (status !== undefined) this.status = Number(status);
    this.#text = this.#text.slice(end + 4);
    this.#inBody = true;
    return !this.isForeign;
  }
}

// To HTTP/1.0 a server answers without chunks, and ends the connection where the answer ends.
function requestText({ path, body }: Question): string {
  const head = [
    `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.0`,
    "Host: localhost",
    `Remsh-Protocol: ${SUBPROTOCOL}`,
  ];
  if (body !== undefined) head.push("Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`);
  return `${head.join("\r\n")}\r\n\r\n${body ?? ""}`;
}

function giveUpWhenSilent(socket: Socket, ms: number | undefined, giveUp: () => void): void {
  if (ms === undefined) return;
  socket.setTimeout(ms, () => {
    giveUp();
    socket.destroy();
  });
}

function silent({ label }: Address, ms: number): RpcError {
  return new RpcError(
    "TIMEOUT",
    `Cannot reach ${label}: it accepted the connection and said nothing for ${ms / 1000} s`,
  );
}
