// The command line's first lines. A plain `ping` is answered from here; everything else loads the command line proper.
import type * as CommandLineModule from "./command-line.ts";
import { parseDuration } from "../../shared/duration.ts";
import { reportFailure } from "./failure.ts";
import { ping, type PingOptions } from "./ping.ts";

const streams = { stdout: process.stdout, stderr: process.stderr, env: process.env };

// A reader that has seen enough, as `head` has, is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(process.exitCode ?? 0);
});

const plain = plainPing(process.argv.slice(2));
if (plain) {
  ping(plain, streams).catch((error: unknown) => {
    process.exitCode = reportFailure(error, streams, plain.json ?? false);
  });
} else {
  // A bundle of its own beside this one: see build.mjs.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { run } = require("./command-line.cjs") as typeof CommandLineModule;
  void run(process.argv.slice(2), streams).then((exitCode) => (process.exitCode = exitCode));
}

/** The options of a `ping` whose words are all known and well-formed; anything else is for the command line proper to judge. */
function plainPing(words: string[]): PingOptions | undefined {
  const options: PingOptions = {};
  const rest = words[Symbol.iterator]();
  let isPing = false;
  for (const word of rest) {
    if (word === "ping" && !isPing) isPing = true;
    else if (word === "--ready" && isPing) options.ready = true;
    else if (word === "--json" || word === "--any") options[word === "--json" ? "json" : "any"] = true;
    else if (!takeValue(options, word, rest)) return undefined;
  }
  return isPing ? options : undefined;
}

function takeValue(options: PingOptions, word: string, rest: Iterator<string>): boolean {
  const value = ["--app", "--instance", "--socket", "--wait"].includes(word)
    ? (rest.next() as { value?: string }).value
    : undefined;
  if (value === undefined || value.startsWith("-")) return false;
  if (word === "--app") options.app = value;
  else if (word === "--instance") options.instance = value;
  else if (word === "--socket") options.socket = value;
  else if (/^\d{1,4}(ms|s|m)$/.test(value)) options.waitMs = parseDuration(value);
  else return false;
  return true;
}
