// `drain` and `ready`: take the running app out of the traffic and put it back.
import { RpcError } from "../../shared/errors.ts";
import type { PingResult } from "../../shared/messages/messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { expiryOf } from "../expiry.ts";
import { answerTimeout } from "../terminal/call-timeout.ts";
import type { Address } from "../wire/address.ts";
import { Deadline } from "../wire/deadline.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { notReady } from "./ping.ts";
import { probe } from "../wire/probe.ts";
import type { Streams } from "../terminal/streams.ts";
import { findAgent } from "../find/discover.ts";
import { request } from "../wire/request.ts";

/** Options of `drain`. */
export interface DrainOptions extends GlobalOptions {
  /** How long the app stays drained. Default: until `ready`. */
  forMs?: number | undefined;
}

/** Makes the app say that it is not ready. @throws RpcError when the app cannot be reached. */
export async function drain(options: DrainOptions, streams: Streams): Promise<void> {
  const deadline = answerDeadline(streams);
  const address = await findAgent(options, streams.env);
  await request(address, {
    method: "drain",
    params: defined({ forMs: options.forMs, expiry: expiryOf(deadline).expiry }),
    deadline,
  });
  tell(await probe(address, "/readyz", deadline), options, streams);
}

/**
 * Removes every other reason for not being ready: a drain, a signal that the app outlived, a `start` that was killed
 * before it called the app ready. After that only the app decides.
 *
 * @throws RpcError NOT_READY when the app is still not ready; the error says why.
 */
export async function ready(options: GlobalOptions, streams: Streams): Promise<void> {
  const deadline = answerDeadline(streams);
  const address: Address = await findAgent(options, streams.env);
  await request(address, { method: "ready", params: defined({ expiry: expiryOf(deadline).expiry }), deadline });
  const result = await probe(address, "/readyz", deadline);
  if (result.status === "stalled") throw new RpcError("STALLED", `${result.app} ${result.instance} is stalled`);
  if (result.ready !== "ready") throw notReady(result);
  tell(result, options, streams);
}

/** One deadline for all that the command asks. */
function answerDeadline({ env }: Streams): Deadline {
  return new Deadline(answerTimeout(undefined, env, ANSWER_LIMIT_MS));
}

function tell(result: PingResult, { json }: GlobalOptions, { stdout }: Streams): void {
  const { app, instance, pid, ready: state, reason } = result;
  if (json) stdout.write(`${JSON.stringify({ app, instance, pid, ready: state, ...defined({ reason }) })}\n`);
}
