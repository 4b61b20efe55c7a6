// One request over the agent's socket, with its answer line by line, in HTTP/1.0 without a library. The command line
// needs little of HTTP, and Node's HTTP client would cost each command 9 ms of CPU (82 instead of 73 with Node 20, 45
// instead of 36 with Node 24, medians of 30) and 2 MiB.
import { connect, type Socket } from "node:net";
import { abortError } from "../../shared/abort-error.ts";
import { folderHeader } from "../../shared/app-folder.ts";
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { SUBPROTOCOL } from "../../shared/messages/messages.ts";
import { connectionFailure, notRemsh, type Address } from "./address.ts";
import type { Limit } from "./deadline.ts";
import { LAST_READ_MS } from "./limits.ts";

/** What is asked. */
export interface Question {
  path: string;
  /** Makes it a POST. */
  body?: string;
  /** Called for each line of the answer's body. A last line without a newline was cut off, and is not passed. */
  onLine: (line: string) => void;
  /** The answer is a single line: it ends when the line has arrived, without waiting for the connection's end. */
  isOneLine?: boolean;
  /**
   * A line with more characters than this, complete or not, does not come from an agent. Default: 256 Mi, far above any
   * result.
   */
  maxLine?: number;
  /** Called after each piece of the answer. If it returns a promise, reading waits for that. */
  hold?: (() => Promise<void> | undefined) | undefined;
  /** The whole answer must have arrived within this time. Default: no limit. */
  limit?: Limit | undefined;
  /** Abandons the exchange, which then rejects with the signal's reason, an Error. */
  signal?: AbortSignal | undefined;
}

/** See {@link Question.maxLine}. */
const MAX_LINE = 256 * 1024 * 1024;

/** A longer header section does not come from an agent. */
const MAX_HEAD = 16 * 1024;

/**
 * Sends the question, and resolves to the HTTP status when the answer has ended; undefined when it never began. An
 * answer that is cut off also counts as ended: the caller knows whether the last line arrived.
 *
 * @throws RpcError when no process can be reached or the answer is not HTTP; the limit's error; the signal's reason.
 */
export function exchange(address: Address, question: Question): Promise<number | undefined> {
  const socket = connect(address.socket).setEncoding("utf8");
  const onLine = (line: string) => {
    question.onLine(line);
    if (question.isOneLine) socket.destroy();
  };
  const reader = new AnswerReader(onLine, question.maxLine ?? MAX_LINE);
  let isLate = false;
  return new Promise((resolve, reject) => {
    let connected = false;
    const fail = (error: Error) => {
      reject(error);
      socket.destroy();
    };
    const readOn = () => {
      isLate = true;
      socket.resume();
    };
    const stopWatching = watch(question, { fail, readOn });
    socket.on("connect", () => {
      connected = true;
      socket.write(requestText(question, address));
    });
    socket.on("data", (text: string) => {
      try {
        if (!reader.read(text)) fail(notRemsh(address));
        if (!isLate) holdBack(socket, question.hold?.());
      } catch (error) {
        // What the listener throws for a line is an error of the caller, not of this event.
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
    // A connection that breaks after it was made ends the answer there.
    socket.on("error", (error) => (connected ? undefined : reject(connectionFailure(error, address))));
    socket.on("close", () => {
      stopWatching();
      resolve(reader.status);
    });
  });
}

/** Splits an answer: the head's status, then the body's lines. */
class AnswerReader {
  status: number | undefined;
  readonly #onLine: (line: string) => void;
  readonly #maxLine: number;
  /** What has arrived of the head, then of the incomplete line. */
  #text = "";

  constructor(onLine: (line: string) => void, maxLine: number) {
    this.#onLine = onLine;
    this.#maxLine = maxLine;
  }

  /** Takes the next piece; false when it is not HTTP, or does not come from an agent. */
  read(text: string): boolean {
    if (this.status === undefined) return this.#readHead(text);
    return this.#readBody(text);
  }

  #readHead(text: string): boolean {
    this.#text += text;
    const end = this.#text.indexOf("\r\n\r\n");
    if (end === -1) return this.#text.length <= MAX_HEAD && this.#text.startsWith("HTTP/".slice(0, this.#text.length));
    const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(this.#text) ?? [];
    if (status === undefined) return false;
    this.status = Number(status);
    const body = this.#text.slice(end + 4);
    this.#text = "";
    return this.#readBody(body);
  }

  // Searches only the new piece: a result of many megabytes is one line, and arrives in hundreds of pieces.
  #readBody(text: string): boolean {
    let from = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      if (this.#text.length + end - from > this.#maxLine) return false;
      const line = this.#text + text.slice(from, end);
      this.#text = "";
      from = end + 1;
      if (line !== "") this.#onLine(line);
    }
    this.#text += text.slice(from);
    return this.#text.length <= this.#maxLine;
  }
}

interface Watched {
  fail: (error: Error) => void;
  /** Reads what has arrived, even if reading is held: the answer may be in it. */
  readOn: () => void;
}

/** Fails the exchange at its limit or when it is abandoned, until the returned function is called. */
function watch({ limit, signal }: Question, { fail, readOn }: Watched): () => void {
  let timer: NodeJS.Timeout | undefined;
  // If this process itself was held up, the limit and an answer that came in time are both due. One more look lets the
  // answer win.
  const lastLook = (error: () => Error) => {
    readOn();
    timer = setTimeout(() => fail(error()), LAST_READ_MS);
  };
  if (limit) timer = setTimeout(lastLook, Math.max(0, Math.min(limit.ms, MAX_DURATION_MS) - LAST_READ_MS), limit.error);
  const abandon = () => fail(abortError(signal));
  if (signal?.aborted) abandon();
  signal?.addEventListener("abort", abandon);
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abandon);
  };
}

function holdBack(socket: Socket, until: Promise<void> | undefined): void {
  if (!until) return;
  socket.pause();
  void until.then(() => socket.resume());
}

// To an HTTP/1.0 request a server answers without chunks, and ends the connection after the answer.
function requestText({ path, body }: Question, { folder }: Address): string {
  const head = [
    `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.0`,
    "Host: localhost",
    `Remsh-Protocol: ${SUBPROTOCOL}`,
  ];
  if (folder !== undefined) head.push(`Remsh-Folder: ${folderHeader(folder)}`);
  if (body !== undefined) head.push("Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`);
  return `${head.join("\r\n")}\r\n\r\n${body ?? ""}`;
}
