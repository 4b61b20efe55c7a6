// Starts the process in which `eval` calls a task. It loads the app's tasks, and ends when the caller has the answer.
// This is the client's only door to the agent's side: a separate program, not an import.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, rmSync } from "node:fs";
import path from "node:path";
import type { Duplex } from "node:stream";
import { checkSocketPath, type Environment } from "../../shared/addresses.ts";
import { lineForChildren, lineReader, messageLine, readFromApp, SUPERVISOR_FD } from "../../shared/supervision.ts";
import { within } from "../../shared/within.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";
import type { OwnProcess } from "../terminal/own-process.ts";
import type { Deadline } from "../wire/deadline.ts";
import { LATE_MS } from "../wire/limits.ts";
import { evalNodeArgs } from "../project/eval-node-args.ts";
import { killWhenOrphaned } from "../../shared/kill-when-orphaned.ts";
import { inRuntimeDirectory } from "../project/in-runtime-directory.ts";
import { childLine } from "../processes/child-line.ts";
import { refuseBackslash } from "../project/loadable.ts";
import { inProject, projectVariables, type Project } from "../project/project.ts";
import { readEnv, readNodeArgs, readTasks } from "../project/settings.ts";
import { spawnFailure } from "../processes/spawn-failure.ts";
import { typeScriptOptions } from "../project/typescript.ts";

/** Beside the bundle that contains this module: see build.mjs. */
const HOST = path.join(__dirname, "eval-host.js");

/** The line to the process is the fourth of its stdio. */
const LINE_FD = 3;

/** How long the process may take to end. */
const END_MS = 2000;

/** The process's exit is seen a moment after its connection's end. */
const EXIT_SEEN_MS = 2000;

/** The exit code when the tasks cannot be loaded. */
const NOT_LOADED: ExitCode = 78;

/** When everything must be over, and the error if the process is not up by then. */
export interface EvalLimit {
  deadline: Deadline;
  late: () => Error;
}

/**
 * Starts a process with the app's tasks.
 *
 * @throws CommandFailure 78 when package.json names no tasks, or nothing here can run them; the limit's error.
 */
export async function startEvalProcess(
  { project, env }: { project: Project; env: Environment },
  { deadline, late }: EvalLimit,
): Promise<OwnProcess> {
  const socket = freeSocket(env);
  const tasks = inProject(project, readTasks(project));
  refuseBackslash(`call a task of ${project.app}`, [HOST, tasks]);
  const nodeArgs = evalNodeArgs(readNodeArgs(project));
  const words = [...nodeArgs, ...typeScriptOptions(project.root, [tasks], nodeArgs), HOST];
  const child = spawnHost(words, { project, env, socket });
  const line = childLine(child);
  const release = killWhenOrphaned(child.pid, END_MS / 1000);
  const end = async (exitCode: number) => {
    const own = await ended({ child, line, withinMs: patience(deadline) }, exitCode).finally(release);
    rmSync(socket, { force: true }); // a killed process has left it
    return own;
  };
  try {
    await listeningBy(deadline, listening(child, line), late);
  } catch (error) {
    await end(NOT_LOADED);
    throw failureOf(error, project);
  }
  const ownExitCode = () => exitCodeOf(child);
  return { address: { socket, label: `${project.app} in its eval process` }, end, ownExitCode };
}

interface Host {
  project: Project;
  env: Environment;
  socket: string;
}

function spawnHost(words: readonly string[], { project, env, socket }: Host): ChildProcess {
  try {
    return spawn(process.execPath, words, {
      env: {
        REMSH_COMMAND: "eval",
        ...readEnv(project),
        ...env,
        ...projectVariables(project, env),
        REMSH_SOCKET: socket,
        // The running app uses that port, in the same container.
        REMSH_HEALTH_PORT: undefined,
        [SUPERVISOR_FD]: lineForChildren(LINE_FD),
      },
      cwd: project.root,
      // In a separate process group: this process cancels the task when Ctrl-C is pressed.
      detached: true,
      stdio: ["inherit", "inherit", "inherit", "pipe"],
    });
  } catch (error) {
    throw failureOf(error, project);
  }
}

/** Some failures of a spawn are thrown, such as that of too large an environment, and others are emitted. */
function failureOf(error: unknown, { app }: Project): unknown {
  return spawnFailure(`call a task of ${app}`, error) ?? error;
}

function freeSocket(env: Environment): string {
  return inRuntimeDirectory(env, "listen", (directory) => {
    accessSync(directory, constants.W_OK | constants.X_OK);
    // Not the process id: another container that shares the directory may have the same.
    return checkSocketPath(path.join(directory, `eval-${randomBytes(4).toString("hex")}.sock`));
  });
}

/** How long the process may take to end before it is killed: a task may block it, and its deadline may be over. */
function patience({ hasPassed, leftMs = END_MS }: Deadline): number {
  return hasPassed ? 0 : Math.min(leftMs + LATE_MS, END_MS);
}

async function listeningBy({ leftMs }: Deadline, up: Promise<void>, late: () => Error): Promise<void> {
  if (leftMs === undefined) return up;
  const giveUp = () => {
    throw late();
  };
  await within(leftMs, up, { late: giveUp });
}

function listening(child: ChildProcess, line: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const hear = (text: string) => {
      const message = readFromApp(text);
      if (message?.type === "listening") resolve();
      if (message?.type === "failed") reject(badConfiguration(message.reason));
    };
    line.setEncoding("utf8").on("data", lineReader(hear));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(badConfiguration(`Cannot load the app's tasks: their process ended with ${signal ?? `exit ${code}`}`));
    });
  });
}

interface Ending {
  child: ChildProcess;
  line: Duplex;
  withinMs: number;
}

/**
 * Ends the process with this code, and resolves to the code that counts: after a success, the process's own, which a
 * task may set.
 */
async function ended({ child, line, withinMs }: Ending, exitCode: number): Promise<number> {
  if (line.writable) line.end(messageLine({ type: "end", exitCode }));
  if (child.pid === undefined) return exitCode; // it never started
  if (child.exitCode === null && child.signalCode === null) {
    const limit = setTimeout(() => child.kill("SIGKILL"), withinMs);
    await once(child, "exit");
    clearTimeout(limit);
  }
  return exitCode === 0 ? (child.exitCode ?? 0) : exitCode;
}

/** The process's own exit code, if it has ended by itself. */
async function exitCodeOf(child: ChildProcess): Promise<number | undefined> {
  const limit = AbortSignal.timeout(EXIT_SEEN_MS);
  if (child.exitCode === null && child.signalCode === null)
    await once(child, "exit", { signal: limit }).catch(() => {});
  return child.exitCode ?? undefined;
}
