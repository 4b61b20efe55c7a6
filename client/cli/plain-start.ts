// A `start` without options of its own, as every launcher and container calls it: without the command line proper, which
// would stay in memory for as long as the app runs.
import { reportFailure } from "../terminal/failure.ts";
import type { Streams } from "../terminal/streams.ts";
import { start } from "../commands/start.ts";

/** `start` or `start -- words…`: starts the app and resolves to the exit code, with everything told. */
export async function plainStart(words: readonly string[], streams: Streams): Promise<number> {
  try {
    return await start({ words: words.slice(2) }, streams);
  } catch (error) {
    return reportFailure(error, streams, false);
  }
}
