// The command line's first lines. A plain `ping` is answered from here; everything else loads the command line proper.
// The process is never told to exit: it ends when all is written and nothing is left open.
import type * as CommandLineModule from "./command-line.ts";
import { reportFailure } from "./failure.ts";
import { ping } from "./ping.ts";
import { plainPing } from "./plain-ping.ts";
import { processStreams } from "./process-streams.ts";

const streams = processStreams();
const words = process.argv.slice(2);
const plain = plainPing(words);
if (plain) {
  ping(plain, streams).catch((error: unknown) => {
    process.exitCode = reportFailure(error, streams, plain.json ?? false);
  });
} else {
  // A bundle of its own beside this one: see build.mjs.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { run } = require("./command-line.cjs") as typeof CommandLineModule;
  void run(words, streams).then((exitCode) => (process.exitCode = exitCode));
}
