// The command line's first lines. A plain `ping` is executed from here; a plain `rpc`, a plain `start`, which stays for as
// long as the app runs, and everything else from bundles of their own beside this one (build.mjs). The process is never told
// to exit: it ends when all is written and nothing is left open.
import { existsSync } from "node:fs";
import type * as PlainStartModule from "../lifecycle/plain-start.ts";
import type * as CommandLineModule from "./command-line.ts";
import { reportFailure } from "./failure.ts";
import { ping, type PingOptions } from "./ping.ts";
import { plainCommand } from "./plain-command.ts";
import type * as PlainRpcModule from "./plain-rpc.ts";
import { processStreams } from "./process-streams.ts";

// Node, and whoever names a relative path, asks for it; a release that was removed has taken it along.
if (!hasWorkingDirectory()) process.chdir(process.env.REMSH_ROOT ?? "/");

const streams = processStreams();
void execute(process.argv.slice(2)).then((exitCode) => (process.exitCode = exitCode));

/* eslint-disable @typescript-eslint/no-require-imports -- loaded when they are needed, and at once */
function execute(words: string[]): Promise<number> {
  if (isAppsOwn(words)) return (require("./command-line.cjs") as typeof CommandLineModule).run(words, streams);
  if (isPlainStart(words)) return (require("./start.cjs") as typeof PlainStartModule).plainStart(words, streams);
  const plain = plainCommand(words);
  if (plain === undefined) return (require("./command-line.cjs") as typeof CommandLineModule).run(words, streams);
  if ("ping" in plain) return plainPing(plain.ping);
  return (require("./plain-rpc.cjs") as typeof PlainRpcModule).plainRpc(plain.rpc, streams);
}

function hasWorkingDirectory(): boolean {
  try {
    return process.cwd() !== "";
  } catch {
    return false;
  }
}

/** The app has a file for a command of that name, though it may not be allowed to. */
function isAppsOwn([name]: readonly string[]): boolean {
  const { REMSH_ROOT: root } = streams.env;
  return root !== undefined && name !== undefined && existsSync(`${root}/rel/commands/${name}`);
}

/** `start` and `start -- words…`. */
function isPlainStart([command, next]: readonly string[]): boolean {
  return command === "start" && (next === undefined || next === "--");
}

async function plainPing(options: PingOptions): Promise<number> {
  try {
    await ping(options, streams);
    return 0;
  } catch (error) {
    return reportFailure(error, streams, options.json ?? false);
  }
}
