// `reload`: brings a new task, a fixed task or a new configuration into the running app without a restart.
import { formatDuration } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import { withDeadline } from "../../shared/outcomes.ts";
import { expiryOf } from "../expiry.ts";
import { answerTimeout } from "../terminal/call-timeout.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { Streams } from "../terminal/streams.ts";
import { Deadline } from "../wire/deadline.ts";
import { findAgent } from "../find/discover.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import { request } from "../wire/request.ts";

/**
 * Makes the app import its tasks and read its configuration again.
 *
 * @throws RpcError when it cannot, or has not in time. The old tasks then stay, unless the error says that this is not
 * known.
 */
export async function reload(
  options: GlobalOptions & { timeoutMs: number | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const timeoutMs = answerTimeout(options.timeoutMs, env, ANSWER_LIMIT_MS);
  const deadline = new Deadline(timeoutMs);
  const address = await findAgent(options, env);
  // A suspended process reads the request when it resumes.
  const sentence = `${address.label} did not answer "reload" within ${formatDuration(timeoutMs)}: whether it reloads is not known`;
  const late = () => new RpcError("TIMEOUT", sentence, { state: "unknown" });
  const sentMs = deadline.leftMs;
  const params = expiryOf({ leftMs: sentMs });
  const question = { method: "reload", params, deadline, late } as const;
  const result = await request(address, question).catch((error: unknown) => {
    throw withDeadline(error, { task: "reload" }, { sentMs, timeoutMs });
  });
  stdout.write(
    options.json ? `${JSON.stringify(result)}\n` : `${result.tasks} ${result.tasks === 1 ? "task" : "tasks"}\n`,
  );
}
