// The entry of the command line. It never calls process.exit(): the process ends when everything is written and nothing
// is open.
import type * as PlainStart from "./plain-start.ts";
import type * as CommandLine from "./command-line.ts";
import { execute } from "./execute.ts";
import type * as PlainRpc from "./plain-rpc.ts";
import { processStreams } from "../terminal/process-streams.ts";

declare function require(bundle: "./command-line.cjs"): typeof CommandLine;
declare function require(bundle: "./plain-rpc.cjs"): typeof PlainRpc;
declare function require(bundle: "./start.cjs"): typeof PlainStart;

// Node needs a working directory, and so does a relative path. A removed release may have taken it along.
if (!hasWorkingDirectory()) process.chdir(process.env.REMSH_ROOT ?? "/");

// Loaded when they are needed, and at once.
const bundles = {
  commandLine: () => require("./command-line.cjs"),
  plainRpc: () => require("./plain-rpc.cjs"),
  start: () => require("./start.cjs"),
};
void execute(process.argv.slice(2), processStreams(), bundles).then((exitCode) => (process.exitCode = exitCode));

function hasWorkingDirectory(): boolean {
  try {
    return process.cwd() !== "";
  } catch {
    return false;
  }
}
