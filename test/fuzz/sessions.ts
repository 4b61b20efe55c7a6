// Sessions with an agent in which much is wrong, and the rules that must hold in each of them.
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE_MS } from "../patience.ts";
import type { HttpSession, Input, Request } from "./inputs.ts";
import { arrived, frameBytes, messagesIn, open, upgrade, type Door, type Wire } from "./wire.ts";

interface Answer {
  jsonrpc?: unknown;
  id?: unknown;
  method?: unknown;
  result?: unknown;
  error?: { code?: unknown; message?: unknown };
}

/**
 * Sends the inputs over a new WebSocket. Every message of the agent is JSON-RPC. Every request before the first input
 * that breaks the rules has one response, and no request has two.
 */
export async function overWebSocket(door: Door, inputs: readonly Input[]): Promise<void> {
  const wire = await upgrade(door);
  try {
    await ask(
      wire,
      inputs.flatMap((input) => ("request" in input ? [input.request] : [])),
    );
    for (const input of inputs) {
      if ("text" in input) wire.socket.write(textFrame(input.text));
      if ("frame" in input) wire.socket.write(frameBytes(input.frame));
    }
    wire.socket.end(textFrame("end"));
  } finally {
    await leave(wire);
  }
}

async function ask(wire: Wire, requests: Request[]): Promise<void> {
  const answers = () => messagesIn(wire.received()).map((text) => JSON.parse(text) as Answer);
  const ids = new Set<unknown>(requests.map(({ id }) => id));
  for (const { text } of requests) wire.socket.write(textFrame(text));
  await within(
    PATIENCE_MS,
    arrived(wire, () => responsesIn(answers()).length >= requests.length),
  );
  const responses = responsesIn(answers());
  for (const answer of answers()) assertJsonRpc(answer);
  if (!wire.socket.destroyed) assert.equal(responses.length, requests.length, "each request has one response");
  for (const { id } of responses) assert(id === null || ids.has(id), `an answer to ${JSON.stringify(id)}, never asked`);
}

/** Ends the connection: a half-sent message is never answered. */
async function leave(wire: Wire): Promise<void> {
  await within(50, wire.closed);
  wire.socket.destroy();
  await wire.closed;
}

/** Waits for the promise, but no longer than the time. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  const timeout = new AbortController();
  await Promise.race([promise, sleep(ms, undefined, { signal: timeout.signal }).catch(() => {})]);
  timeout.abort();
}

/** Sends bytes over a new connection. The answer is HTTP. */
export async function overHttp(door: Door, { bytes, cuts }: HttpSession): Promise<void> {
  const wire = await open(door);
  const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length];
  for (const [index, begin] of places.slice(0, -1).entries()) {
    if (!wire.socket.destroyed) wire.socket.write(bytes.subarray(begin, places[index + 1]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  wire.socket.end();
  await leave(wire);
  const received = wire.received().toString("latin1");
  assert(
    received === "" || received.startsWith("HTTP/1."),
    `what came back begins with ${JSON.stringify(received.slice(0, 40))}`,
  );
}

function textFrame(text: string): Buffer {
  return frameBytes({ opcode: 1, fin: true, reserved: 0, masked: true, payload: Buffer.from(text), lie: 0 });
}

function responsesIn(answers: Answer[]): Answer[] {
  return answers.filter(({ method }) => method === undefined);
}

function assertJsonRpc(answer: Answer): void {
  assert.equal(answer.jsonrpc, "2.0");
  if (answer.method !== undefined) return assert.equal(typeof answer.method, "string");
  const { error } = answer;
  if (error === undefined) return assert("result" in answer, "a response has a result or an error");
  assert.equal(typeof error.code, "number");
  assert.equal(typeof error.message, "string");
}
