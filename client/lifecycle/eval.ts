// `eval`: the same as `rpc`, in a process of its own: the app need not run, and is not started.
import { exitCodeOf } from "../cli/failure.ts";
import { inOwnProcess, type OwnProcess } from "../cli/own-process.ts";
import { rpc, type RpcOptions } from "../cli/rpc.ts";
import type { Streams } from "../cli/streams.ts";
import { configure } from "./configure.ts";
import { startEvalProcess } from "./eval-process.ts";
import { findProject } from "./project.ts";
import { named } from "./start.ts";

/** Options of `eval`. */
export interface EvalOptions extends RpcOptions {
  /** False: without the pre_configure hooks. Default: with them. */
  hooks?: boolean | undefined;
}

/** Calls the task and resolves to the exit code, with everything told as `rpc` tells it. @throws as {@link configure}. */
export async function evaluate(options: EvalOptions, streams: Streams): Promise<number> {
  const env = { ...streams.env, ...named({ app: options.app }) };
  const project = findProject(options, env);
  const variables = options.hooks === false ? {} : await configure(project, { ...streams, env });
  // Found anew: these hooks may have written package.json.
  const own = await startEvalProcess(findProject(options, env), { ...env, ...variables });
  const exitCode = await call({ ...options, socket: own.address.socket, process: own }, streams);
  const ended = await own.end(exitCode);
  if (ended !== exitCode)
    streams.stderr.write(`"${options.task}" returned, and its process ended with exit ${ended}\n`);
  return ended;
}

/** @throws what `rpc` throws before there is a run; the process has then ended, with its exit code. */
async function call(options: RpcOptions & { process: OwnProcess }, streams: Streams): Promise<number> {
  const { process: own, task } = options;
  try {
    return await rpc(options, streams);
  } catch (error) {
    const failure = await inOwnProcess(own, error, { run: "", task, timeoutMs: undefined });
    await own.end(exitCodeOf(failure));
    throw failure;
  }
}
