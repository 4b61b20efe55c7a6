// Runs a plain `rpc`, from its options to its exit code. It is a separate bundle, because it does not need the full
// command line.
import { reportFailure } from "../terminal/failure.ts";
import { rpc, type RpcOptions } from "../commands/rpc.ts";
import type { Streams } from "../terminal/streams.ts";

/** Calls the task and resolves to the exit code. Never rejects. */
export async function plainRpc(options: RpcOptions, streams: Streams): Promise<number> {
  try {
    return await rpc(options, streams);
  } catch (error) {
    return reportFailure(error, streams, options.json ?? false);
  }
}
