// `eval`: the same as `rpc`, in a process of its own: the app need not run, and is not started.
import { rpc, type RpcOptions } from "../cli/rpc.ts";
import type { Streams } from "../cli/streams.ts";
import { startEvalProcess } from "./eval-process.ts";
import { findProject } from "./project.ts";
import { named } from "./start.ts";

/** Calls the task and resolves to the exit code, with everything told as `rpc` tells it. */
export async function evaluate(options: RpcOptions, streams: Streams): Promise<number> {
  const env = { ...streams.env, ...named({ app: options.app }) };
  const own = await startEvalProcess(findProject(options, env), env);
  try {
    return await rpc({ ...options, socket: own.address.socket, process: own }, streams);
  } finally {
    await own.end();
  }
}
