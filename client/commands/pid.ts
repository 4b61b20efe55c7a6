// `pid`: prints a bare number, for scripts.
import { Deadline } from "../wire/deadline.ts";
import { findAgent } from "../find/discover.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import { answerTimeout } from "../terminal/call-timeout.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { probe } from "../wire/probe.ts";
import type { Streams } from "../terminal/streams.ts";

/** Prints the running app's process id, and nothing else. */
export async function pid(
  options: GlobalOptions & { timeoutMs?: number | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const deadline = new Deadline(answerTimeout(options.timeoutMs, env, ANSWER_LIMIT_MS));
  const address = await findAgent(options, env);
  const { pid: id, app, instance } = await probe(address, "/livez", deadline);
  stdout.write(options.json ? `${JSON.stringify({ app, instance, pid: id })}\n` : `${id}\n`);
}
