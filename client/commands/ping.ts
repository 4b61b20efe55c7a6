// `ping`: does the app answer? It loads neither the WebSocket library nor the full command line, so that a probe every
// few seconds costs little more than a start of Node.
import { formatDuration } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import type { PingResult } from "../../shared/messages/messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import type { Address } from "../wire/address.ts";
import { Deadline } from "../wire/deadline.ts";
import { findAgent, type Target } from "../find/discover.ts";
import { ANSWER_LIMIT_MS, PING_RETRY_MS } from "../wire/limits.ts";
import { answerTimeout } from "../terminal/call-timeout.ts";
import { probe } from "../wire/probe.ts";
import type { Streams } from "../terminal/streams.ts";

/** Options of `ping`. */
export interface PingOptions extends Target {
  /** Ask whether the app is ready, not only whether it is alive. */
  ready?: boolean;
  /** Keep trying for this long until the answer is good, in milliseconds. */
  waitMs?: number | undefined;
  /** How long one answer may take. Default: 5 s, or REMSH_TIMEOUT where that is less. */
  timeoutMs?: number | undefined;
  json?: boolean;
}

/** Errors that waiting does not fix. */
const FINAL = new Set(["DENIED", "APP_NOT_NAMED", "SEVERAL_INSTANCES", "BAD_ARGUMENTS", "VERSION_NOT_SHARED"]);

/**
 * Prints `pong`, or with --json what the agent says about itself.
 *
 * @throws RpcError that says why there is no pong.
 */
export async function ping(options: PingOptions, { stdout, env }: Streams): Promise<void> {
  const answerMs = answerTimeout(options.timeoutMs, env, ANSWER_LIMIT_MS);
  const deadline = new Deadline(options.waitMs ?? answerMs);
  let result: PingResult;
  try {
    result = await (options.waitMs === undefined
      ? ask(options, env, deadline)
      : askUntil(options, env, { deadline, answerMs }));
  } catch (error) {
    throw await withPlace(error, deadline);
  }
  stdout.write(options.json ? `${JSON.stringify(result)}\n` : "pong\n");
}

/** The app's event loop does not turn. The address is kept, to ask where it is stuck. */
class Stalled extends RpcError {
  readonly address: Address;

  constructor(address: Address, { app, instance, stalledMs }: PingResult) {
    super("STALLED", `${app} ${instance} is stalled: its event loop has not turned for ${formatDuration(stalledMs)}`);
    this.address = address;
  }
}

async function ask(options: PingOptions, env: Streams["env"], deadline: Deadline): Promise<PingResult> {
  const address = await findAgent(options, env);
  const result = await probe(address, options.ready ? "/readyz" : "/livez", deadline);
  if (result.status === "stalled") throw new Stalled(address, result);
  if (options.ready && result.ready !== "ready") throw notReady(result);
  return result;
}

async function askUntil(
  options: PingOptions,
  env: Streams["env"],
  { deadline, answerMs }: { deadline: Deadline; answerMs: number },
): Promise<PingResult> {
  for (;;) {
    const { leftMs = answerMs } = deadline;
    try {
      return await ask(options, env, leftMs < answerMs ? deadline : new Deadline(answerMs));
    } catch (error) {
      if (!(error instanceof RpcError) || FINAL.has(error.code)) throw error;
      if ((deadline.leftMs ?? 0) <= PING_RETRY_MS) throw gaveUp(error, deadline.timeoutMs ?? 0);
    }
    // Not node:timers/promises: a plain ping would load it for nothing.
    await new Promise((resolve) => setTimeout(resolve, PING_RETRY_MS));
  }
}

/** The error for an app that runs but says that it is not ready. */
export function notReady({ app, instance, ready = "not-ready", reason }: PingResult): RpcError {
  return new RpcError("NOT_READY", `${app} ${instance} is ${ready}${reason ? `: ${reason}` : ""}`);
}

/** The script asked for a limit, so the error is TIMEOUT, with the reason of the last attempt. */
function gaveUp(reason: RpcError, waitMs: number): RpcError {
  return new RpcError("TIMEOUT", `Gave up after ${formatDuration(waitMs)}: ${reason.message}`, {
    cause: reason,
    state: "not-started",
  });
}

/** Adds where a stalled app is stuck. Asked once, at the end, because the question makes the app pause. */
async function withPlace(error: unknown, deadline: Deadline): Promise<unknown> {
  if (!(error instanceof RpcError)) return error;
  const stalled = error.cause ?? error;
  if (!(stalled instanceof Stalled)) return error;
  const { stalledAt } = await import("../terminal/stalled-at.ts");
  const place = await stalledAt(stalled.address, deadline);
  const message = place === undefined ? error.message : `${error.message}, ${place}`;
  return new RpcError(error.code, message, defined({ cause: error.cause }));
}
