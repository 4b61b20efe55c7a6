// Chooses the bundle that runs a command's words. This one answers a plain `ping`. A plain `rpc`, a plain `start`
// (which stays as long as the app runs) and everything else have bundles of their own (build.mjs), loaded when needed.
import { existsSync } from "node:fs";
import type * as PlainStart from "./plain-start.ts";
import type * as CommandLine from "./command-line.ts";
import { reportFailure } from "../terminal/failure.ts";
import { ping, type PingOptions } from "../commands/ping.ts";
import { plainCommand } from "./plain-command.ts";
import type * as PlainRpc from "./plain-rpc.ts";
import { withProcess } from "./process-word.ts";
import type { Streams } from "../terminal/streams.ts";

/** Loads the other bundles. */
export interface Bundles {
  commandLine(): typeof CommandLine;
  plainRpc(): typeof PlainRpc;
  start(): typeof PlainStart;
}

/** Runs one command and resolves to its exit code. Never ends the process. */
export async function execute(given: string[], streams: Streams, bundles: Bundles): Promise<number> {
  if (isAppsOwn(given, streams)) return bundles.commandLine().run(given, streams);
  let words: string[];
  try {
    words = withProcess(given, streams.env);
  } catch (error) {
    return reportFailure(error, streams, given.includes("--json"));
  }
  if (isPlainStart(words)) return bundles.start().plainStart(words, streams);
  const plain = plainCommand(words);
  if (plain === undefined) return bundles.commandLine().run(words, streams);
  if ("ping" in plain) return plainPing(plain.ping, streams);
  return bundles.plainRpc().plainRpc(plain.rpc, streams);
}

/** True when the app has a file for a command of that name, whether or not the file can be executed. */
function isAppsOwn([name]: readonly string[], { env }: Streams): boolean {
  const { REMSH_ROOT: root } = env;
  return root !== undefined && name !== undefined && existsSync(`${root}/rel/commands/${name}`);
}

/** `start` and `start -- words…`. */
function isPlainStart([command, next]: readonly string[]): boolean {
  return command === "start" && (next === undefined || next === "--");
}

async function plainPing(options: PingOptions, streams: Streams): Promise<number> {
  try {
    await ping(options, streams);
    return 0;
  } catch (error) {
    return reportFailure(error, streams, options.json ?? false);
  }
}
