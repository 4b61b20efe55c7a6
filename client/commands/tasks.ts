// `tasks`: lists what the app offers, or one namespace of it, or shows how one task is called.
import { columns } from "../../shared/columns.ts";
import { didYouMean } from "../../shared/did-you-mean.ts";
import { RpcError } from "../../shared/errors.ts";
import type { DescribeResult, TaskDescription } from "../../shared/messages/messages.ts";
import { findAgent } from "../find/discover.ts";
import { Deadline } from "../wire/deadline.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import { ask } from "../wire/request.ts";
import { answerTimeout } from "../terminal/call-timeout.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { Streams } from "../terminal/streams.ts";
import { taskUsage } from "./task-usage.ts";

/**
 * Prints the list of all tasks or of one namespace, or one task's usage.
 *
 * @throws RpcError UNKNOWN_TASK when the app has no task and no namespace of that name.
 */
export async function tasks(
  {
    task: name,
    json,
    timeoutMs,
    ...target
  }: GlobalOptions & { task: string | undefined; timeoutMs?: number | undefined },
  { stdout, env }: Streams,
): Promise<void> {
  const deadline = new Deadline(answerTimeout(timeoutMs, env, ANSWER_LIMIT_MS));
  const address = await findAgent(target, env);
  const described = await ask(address, { method: "describe", params: { retry: true }, deadline });
  const found = name === undefined ? described.tasks : find(name, described);
  if (json) stdout.write(`${JSON.stringify(found)}\n`);
  else stdout.write(Array.isArray(found) ? listText(found) : taskUsage(found, env.REMSH_PROGRAM ?? "remsh"));
}

function find(name: string, { tasks: known, app, instance }: DescribeResult): TaskDescription | TaskDescription[] {
  const found = known.find((task) => task.name === name);
  if (found) return found;
  const inside = known.filter((task) => task.name.startsWith(`${name}.`));
  if (inside.length > 0) return inside;
  const hint = didYouMean(
    name,
    known.map((task) => task.name),
  );
  throw new RpcError("UNKNOWN_TASK", `Cannot show "${name}": ${app} ${instance} has no task of that name${hint}`);
}

function listText(found: readonly TaskDescription[]): string {
  const rows = found.map(({ name, usage, description = "" }) => [`${name} ${usage}`.trimEnd(), description]);
  return columns(rows)
    .map((line) => `${line}\n`)
    .join("");
}
