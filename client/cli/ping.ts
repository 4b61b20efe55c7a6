// `ping`: does the app answer? It needs neither the protocol's library nor the command line's, so that a probe every few
// seconds costs little more than starting Node.
import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import { SUBPROTOCOL, type PingResult } from "../../shared/protocol.ts";
import { exchange, notRemsh } from "../exchange.ts";
import { findAgent, type Address, type Target } from "../discover.ts";
import type { Streams } from "./streams.ts";

/** Options of `ping`. */
export interface PingOptions extends Target {
  /** Ask whether the app is ready, not only whether it is alive. */
  ready?: boolean;
  /** Try again for so long until it answers well, in milliseconds. */
  waitMs?: number | undefined;
  json?: boolean;
}

/** A probe that hangs is worse than one that fails. */
const ANSWER_LIMIT_MS = 5000;

/** While waiting for an app to come up: often enough to be there when it does. */
const POLL_MS = 50;

/** Errors that waiting does not mend. */
const FINAL = new Set(["DENIED", "SEVERAL_INSTANCES", "BAD_ARGUMENTS", "VERSION_NOT_SHARED"]);

/**
 * Prints `pong`, or with --json what the agent says of itself.
 *
 * @throws RpcError that says why there is no pong.
 */
export async function ping(options: PingOptions, { stdout, env }: Streams): Promise<void> {
  const result = options.waitMs === undefined ? await ask(options, env) : await askUntil(options, options.waitMs, env);
  stdout.write(options.json ? `${JSON.stringify(result)}\n` : "pong\n");
}

/** Asks the agent at the address; any answer that is an agent's is good here, a stalled one too. */
export async function probe(
  address: Address,
  path: "/livez" | "/readyz",
  limitMs = ANSWER_LIMIT_MS,
): Promise<PingResult> {
  let text = "";
  await exchange(address, { path, firstLineWithinMs: limitMs, onLine: (line) => (text = line) });
  const result = parseAnswer(text);
  if (result === undefined) throw notRemsh(address);
  if (result.protocol === SUBPROTOCOL) return result;
  throw new RpcError(
    "VERSION_NOT_SHARED",
    `Cannot speak with ${address.label}: it speaks ${result.protocol}, this client ${SUBPROTOCOL}`,
  );
}

async function ask(options: PingOptions, env: Streams["env"]): Promise<PingResult> {
  const address = await findAgent(options, env);
  const result = await probe(address, options.ready ? "/readyz" : "/livez");
  const name = `${result.app} ${result.instance}`;
  if (result.status === "stalled") throw new RpcError("STALLED", await stalledSentence(address, result));
  if (options.ready && result.ready !== "ready") {
    throw new RpcError(
      "NOT_READY",
      `${name} is ${result.ready ?? "not-ready"}${result.reason ? `: ${result.reason}` : ""}`,
    );
  }
  return result;
}

async function askUntil(options: PingOptions, waitMs: number, env: Streams["env"]): Promise<PingResult> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return await ask(options, env);
    } catch (error) {
      if (!(error instanceof RpcError) || FINAL.has(error.code)) throw error;
      if (performance.now() + POLL_MS >= deadline) throw gaveUp(error, waitMs);
    }
    await sleep(POLL_MS);
  }
}

/** The limit is what a script asked about: TIMEOUT, with the reason of the last attempt. */
function gaveUp(reason: RpcError, waitMs: number): RpcError {
  return new RpcError("TIMEOUT", `Gave up after ${formatDuration(waitMs)}: ${reason.message}`, { cause: reason });
}

/** Says for how long, and where. */
async function stalledSentence(address: Address, { app, instance, stalledMs }: PingResult): Promise<string> {
  const sentence = `${app} ${instance} is stalled: its event loop has not turned for ${formatDuration(stalledMs)}`;
  const { stalledAt } = await import("./stalled-at.ts");
  const place = await stalledAt(address);
  return place === undefined ? sentence : `${sentence}, ${place}`;
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
