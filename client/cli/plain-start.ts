// A `start` without options, as every launcher and container calls it. It does without the full command line, which
// would stay in memory as long as the app runs.
import { reportFailure } from "../terminal/failure.ts";
import type { Streams } from "../terminal/streams.ts";
import { start } from "../commands/start.ts";

/** `start` or `start -- words…`: starts the app, reports any failure, and resolves to the exit code. */
export async function plainStart(words: readonly string[], streams: Streams): Promise<number> {
  try {
    return await start({ words: words.slice(2) }, streams);
  } catch (error) {
    return reportFailure(error, streams, false);
  }
}
