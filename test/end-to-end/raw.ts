// A client that obeys no rules: it sends what a well-behaved client never sends.
import { once } from "node:events";
import http from "node:http";
import { connect, type Socket } from "node:net";
import WebSocket from "ws";
import type { App } from "./processes.ts";

/** A message of the agent, as it arrived. */
export interface Message {
  id?: number | string | null;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: Record<string, unknown> };
  method?: string;
  params?: Record<string, unknown>;
}

/** A WebSocket that keeps every message. */
export interface RawSocket {
  socket: WebSocket;
  messages: Message[];
  closed: Promise<{ code: number; reason: string }>;
  send(message: unknown): void;
  /** Resolves to the response with the id. */
  response(id: number | string | null): Promise<Message>;
  close(): Promise<void>;
}

/** Opens a WebSocket that speaks remsh.v1. */
export async function openRaw(app: App): Promise<RawSocket> {
  const socket = new WebSocket("ws://localhost/", ["remsh.v1"], { createConnection: () => connect(app.socket) });
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((look) => look());
  socket.on("message", (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as Message);
    wake();
  });
  socket.on("error", () => {}); // "close" tells
  const closed = once(socket, "close").then(([code, reason]: unknown[]) => ({
    code: Number(code),
    reason: String(reason),
  }));
  await once(socket, "open");
  const find = (id: Message["id"]) => messages.find((message) => message.id === id && message.method === undefined);
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    // One listener for all waiting requests, because Node warns of more than ten.
    response: (id) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = find(id);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        void closed.then(() => reject(new Error("The connection ended before the response")));
        look();
      }),
    close: async () => {
      socket.terminate();
      await closed;
    },
  };
}

/** A `call` request. */
export function callOf(id: number | string, task: string, more: object = {}): object {
  return { jsonrpc: "2.0", id, method: "call", params: { task, ...more } };
}

/** Opens a bare connection to the agent. */
export async function openBare(app: App): Promise<Socket> {
  const socket = connect(app.socket);
  socket.on("error", () => {}); // the agent may end it at any moment: "close" tells
  await once(socket, "connect");
  return socket;
}

/** Sends bytes over a separate connection, and resolves to everything that came back when the agent has ended it. */
export async function exchangeBytes(app: App, bytes: string | Buffer): Promise<string> {
  const socket = await openBare(app);
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

/** An HTTP answer. */
export interface Answer {
  status: number;
  body: string;
}

/** Asks the agent over HTTP, as curl does. */
export function ask(app: App, options: http.RequestOptions & { body?: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath: app.socket, agent: false, ...options }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on("error", reject);
    request.end(options.body);
  });
}
