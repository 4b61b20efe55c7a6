// A plain `rpc`, from its options to its exit code: a bundle of its own, since it needs no command line proper.
import { reportFailure } from "../terminal/failure.ts";
import { rpc, type RpcOptions } from "../commands/rpc.ts";
import type { Streams } from "../terminal/streams.ts";

/** Calls the task and resolves to the exit code, whatever happens. */
export async function plainRpc(options: RpcOptions, streams: Streams): Promise<number> {
  try {
    return await rpc(options, streams);
  } catch (error) {
    return reportFailure(error, streams, options.json ?? false);
  }
}
