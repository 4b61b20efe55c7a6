// Runs a command of the app as the caller would: in the caller's working directory, with the caller's streams.
import { spawn, type ChildProcess } from "node:child_process";
import type { Streams } from "../terminal/streams.ts";
import { pathFor } from "./hooks.ts";
import { findProject, projectVariables } from "../project/project.ts";
import { signalExitCode } from "../../shared/signal-exit-code.ts";
import { spawnFailure } from "../processes/spawn-failure.ts";

/** These signals are passed on. Ctrl-C and Ctrl-\ reach the command from the terminal, and this process only waits. */
const PASSED = ["SIGTERM", "SIGHUP", "SIGUSR2"] as const;
const LEFT_TO_IT = ["SIGINT", "SIGQUIT"] as const;

/** The command to run. */
export interface CommandRun {
  name: string;
  file: string;
  words: readonly string[];
}

/**
 * Runs the command to its end, and resolves to its exit code.
 *
 * @throws CommandFailure 75 or 78 when the system does not start it; as {@link findProject}.
 */
export async function runCommand({ name, file, words }: CommandRun, { env }: Streams): Promise<number> {
  const project = findProject({}, env);
  let child: ChildProcess | undefined;
  const pass = (signal: NodeJS.Signals) => void child?.kill(signal);
  const leave = () => {};
  for (const signal of PASSED) process.on(signal, pass);
  for (const signal of LEFT_TO_IT) process.on(signal, leave);
  try {
    return await new Promise<number>((resolve, reject) => {
      // Some failures are thrown, such as that of too large an environment, and others are emitted.
      child = spawn(file, words, {
        env: { REMSH_COMMAND: name, ...env, ...projectVariables(project, env), PATH: pathFor(project, env) },
        stdio: "inherit",
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve(code ?? signalExitCode(signal)));
    });
  } catch (error) {
    throw spawnFailure(`run "rel/commands/${name}"`, error) ?? error;
  } finally {
    for (const signal of PASSED) process.off(signal, pass);
    for (const signal of LEFT_TO_IT) process.off(signal, leave);
  }
}
