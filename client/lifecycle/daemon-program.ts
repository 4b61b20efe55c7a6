// Runs `daemon` as a program, for `restart`: through the launcher, so that rel/env.sh is read and Node is chosen as at
// the first start, with the environment of that start.
import { spawn } from "node:child_process";
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";
import { RpcError, type RpcCode } from "../../shared/errors.ts";
import { ownEnvironment } from "../find/node-options.ts";
import { signalExitCode } from "../../shared/signal-exit-code.ts";
import { spawnFailure } from "../processes/spawn-failure.ts";
import { isExecutable } from "../project/file-access.ts";
import type { Project } from "../project/project.ts";
import { CommandFailure } from "../terminal/command-failure.ts";

/** Beside the bundle that this is part of: see build.mjs. */
const PROGRAM = path.join(__dirname, "remsh.cjs");

/** These are passed on: the program runs in a separate process group, which Ctrl-C does not reach. */
const PASSED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Which program runs, and with what. */
export interface DaemonProgram {
  project: Project;
  /** The folder as the caller's launcher names it: that of a link such as `current`. */
  folder: string | undefined;
  /** The name of the launcher; undefined if the app was started without one. */
  launcher: string | undefined;
  /** The path of the Node to use where there is no launcher. */
  node: string;
  env: Environment;
}

/**
 * Runs `daemon` with the words to its end, and resolves to its document. What it prints on stderr is the caller's.
 *
 * @throws the failure that it reports, with its exit code.
 */
export async function runDaemon(program: DaemonProgram, words: readonly string[]): Promise<object> {
  const action = `start ${program.project.app}`;
  const { text, exitCode } = await runToEnd(program, words).catch((error: unknown) => {
    throw spawnFailure(action, error) ?? error;
  });
  const document = documentIn(text);
  if (exitCode === 0 && document) return document;
  throw (
    failureIn(document) ?? new CommandFailure(`Cannot ${action}: its program ended with exit ${exitCode}`, exitCode)
  );
}

function runToEnd(program: DaemonProgram, words: readonly string[]): Promise<{ text: string; exitCode: number }> {
  const { project, env } = program;
  const launcher = launcherOf(program);
  const [file, first, own] = launcher ? [launcher, [], env] : [program.node, [PROGRAM], ownEnvironment(env)];
  const child = spawn(file, [...first, "daemon", "--json", ...words], {
    env: { ...own, REMSH_ROOT: project.root },
    cwd: project.root,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (text += more));
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of PASSED) process.on(signal, pass);
  return new Promise<{ text: string; exitCode: number }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ text, exitCode: code ?? signalExitCode(signal) }));
  }).finally(() => {
    for (const signal of PASSED) process.off(signal, pass);
  });
}

function launcherOf({ project, folder, launcher }: DaemonProgram): string | undefined {
  if (launcher === undefined) return undefined;
  const files = [folder ?? project.root, project.root].map((root) => path.join(root, "bin", launcher));
  return files.find(isExecutable);
}

function documentIn(text: string): object | undefined {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === "object" && document !== null ? document : undefined;
  } catch {
    return undefined; // the launcher has ended before the program
  }
}

/** The failure in a document of `daemon --json`: docs/json.md. */
function failureIn(document: object | undefined): Error | undefined {
  if (!document || !("error" in document)) return undefined;
  // Written by the `daemon` of this very version.
  const { error, exitCode } = document as { error: Reported; exitCode: number };
  if (error.family === "rpc") return new RpcError(error.code as RpcCode, error.message);
  return new CommandFailure(error.message, exitCode);
}

interface Reported {
  family: string;
  code: string;
  message: string;
}
