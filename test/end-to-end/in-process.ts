// The command line in the test's own process: the built bundles, with the words, variables and streams of one command.
// It takes a few milliseconds where a process takes a hundred, with the same output and decisions. What only a process
// has (its exit code, signals, a terminal, pipes, stdin, a working directory) is tested with one, by startRemsh and in
// commands-as-processes.test.ts.
import { createRequire } from "node:module";
import type * as CommandLine from "../../client/cli/command-line.ts";
import { execute, type Bundles } from "../../client/cli/execute.ts";
import type * as PlainRpc from "../../client/cli/plain-rpc.ts";
import type * as PlainStart from "../../client/cli/plain-start.ts";
import type { Finished } from "./processes.ts";

const load = createRequire(new URL("../../dist/remsh.cjs", import.meta.url));
const bundles: Bundles = {
  commandLine: () => load("./command-line.cjs") as typeof CommandLine,
  plainRpc: () => load("./plain-rpc.cjs") as typeof PlainRpc,
  start: () => load("./start.cjs") as typeof PlainStart,
};

/** Commands that start processes, replace their own, or live as long as an app. */
const APART = ["start", "daemon", "restart", "stop", "eval", "reload", "logs", "gen"];

/** Whether the words can run in this process. */
export function runsInProcess(words: readonly string[]): boolean {
  return !words.some((word) => APART.includes(word) || word === "-");
}

/** Runs one command to its end. */
export async function runInProcess(words: string[], env: Record<string, string>): Promise<Finished> {
  const output = { stdout: "", stderr: "" };
  const code = await execute(
    words,
    {
      stdout: { write: (text) => void (output.stdout += text) },
      stderr: { write: (text) => void (output.stderr += text) },
      env,
    },
    bundles,
  );
  return { ...output, code };
}
