// `daemon`: runs `start` in the background, with its output in a log file. Returns when the app is ready, or says why
// it is not.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";
import { formatDuration } from "../../shared/duration.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { Streams } from "../terminal/streams.ts";
import { findAgent } from "../find/discover.ts";
import { Deadline } from "../wire/deadline.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import { probe } from "../wire/probe.ts";
import { ownEnvironment } from "../find/node-options.ts";
import { WAITING_FILE, type Started } from "../lifecycle/announce-start.ts";
import { inPlaceOf, orphanedApp } from "../lifecycle/app-without-agent.ts";
import { refuseInHook } from "../hooks/hooks.ts";
import { lastLines } from "../processes/last-lines.ts";
import { LOG_FILE, logFile, openLog } from "../project/log-file.ts";
import { startIsFree, startLock } from "../lifecycle/start-lock.ts";
import { refuseSecondStart } from "../lifecycle/refuse-second-start.ts";
import { findProject, placeVariables, type Project, named } from "../project/project.ts";
import { signalExitCode } from "../../shared/signal-exit-code.ts";
import { spawnFailure } from "../processes/spawn-failure.ts";
import { checkStart, type CheckedStart } from "./check-start.ts";
import { refuseOldNode } from "../processes/refuse-old-node.ts";
import { withoutDescriptors } from "../project/given-environment.ts";
import { WaitingFile } from "../lifecycle/waiting-file.ts";

/** Options of `daemon`. */
export interface DaemonOptions extends GlobalOptions {
  /** The app's own arguments. */
  words: readonly string[];
  /** False: run no hooks. Default: true. */
  hooks?: boolean | undefined;
  /** Take over an app whose `start` was killed, if there is one. */
  adopt?: boolean | undefined;
  /** Only check that it could be started. */
  check?: boolean | undefined;
  waitMs?: number | undefined;
}

const DEFAULT_WAIT_MS = 300_000;

/** An app that ends within this time of being ready has not been started. */
const STAYS_MS = 2000;

/** These end the waiting, but not the app. */
const INTERRUPTING = ["SIGINT", "SIGTERM"] as const;

/** How many lines of the log a failed start shows. */
const LAST_LINES = 20;

/** Beside the bundle that this is part of: see build.mjs. */
const PROGRAM = path.join(__dirname, "remsh.cjs");

/** The app that `daemon` has started. */
interface StartedDaemon extends Partial<Started> {
  app: string;
  version: string;
  log: string;
}

/**
 * Starts the app and resolves to 0 when it is ready, or only checks the start. @throws as {@link startDaemon} and {@link checkStart}.
 */
export async function daemon(options: DaemonOptions, streams: Streams): Promise<number> {
  const started = options.check ? check(options, streams) : await startDaemon(options, streams);
  if (options.json) streams.stdout.write(`${JSON.stringify(started)}\n`);
  return 0;
}

function check(options: DaemonOptions, { env: given }: Streams): CheckedStart {
  const env = { ...given, ...named(options) };
  return checkStart(findProject(options, env), options, env);
}

/**
 * Starts the app and resolves when it is ready.
 *
 * @throws CommandFailure with the exit code of the start that failed; 75 when the app is not ready in time, or the code
 * of the signal that arrived first: in both cases the start continues.
 */
async function startDaemon(options: DaemonOptions, { env: given, ...sinks }: Streams): Promise<StartedDaemon> {
  const asked = { ...given, ...named(options) };
  const project = findProject(options, asked);
  const orphan = options.adopt ? orphanedApp(project, options, asked) : undefined;
  const env = orphan ? inPlaceOf(orphan.address, asked) : asked;
  refuseInHook("start", project, env);
  refuseOldNode(project.app);
  await startIsFree(startLock(project, env), project.app);
  // A script that runs twice does not intend to start a second instance.
  if (!orphan) await refuseSecondStart(project, { ...sinks, env }, { mayBeOneMore: false });
  const file = logFile(project, env);
  const log = openLog(file, env);
  const from = statSync(file).size;
  const waiting = new WaitingFile(env);
  const waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
  const startEnv = {
    ...env,
    ...placeVariables(env),
    [WAITING_FILE]: waiting.path,
    [LOG_FILE]: file,
    REMSH_ROOT: project.root,
  };
  try {
    const begun = begin(wordsOfStart(options), startEnv, { root: project.root, log });
    const outcome = await firstOf(begun, waiting.ready(), waitMs);
    if ("ready" in outcome) return { app: project.app, version: project.version, ...outcome.ready, log: file };
    if (!("interrupted" in outcome)) sinks.stderr.write(lastLines(readFrom(file, from), LAST_LINES));
    const reason = "late" in outcome ? await whyLate(options, startEnv) : undefined;
    throw failure(outcome, { project, waitMs, file, reason });
  } catch (error) {
    throw spawnFailure(`start ${project.app}`, error) ?? error;
  } finally {
    closeSync(log);
    waiting.remove();
  }
}

function wordsOfStart({ words, hooks, adopt }: DaemonOptions): string[] {
  const options = [...(hooks === false ? ["--no-hooks"] : []), ...(adopt ? ["--adopt"] : [])];
  return ["start", ...options, "--", ...words];
}

/** Starts the app in the background. The start continues when this process ends. */
function begin(words: readonly string[], env: Environment, { root, log }: { root: string; log: number }): ChildProcess {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    env: { ...ownEnvironment(withoutDescriptors(env)) },
    cwd: root,
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.unref();
  return child;
}

type Outcome = { ready: Partial<Started> } | Unready;
type Unready = { late: true } | { interrupted: NodeJS.Signals } | { code: number; wasReady: boolean };

/** The app is up when it has been ready for {@link STAYS_MS}. */
function firstOf(child: ChildProcess, ready: Promise<Partial<Started> | undefined>, waitMs: number): Promise<Outcome> {
  let stopListening = () => {};
  const outcome = new Promise<Outcome>((resolve, reject) => {
    let wasReady = false;
    let timer = setTimeout(() => resolve({ late: true }), waitMs);
    const interrupt = (signal: NodeJS.Signals) => resolve({ interrupted: signal });
    for (const signal of INTERRUPTING) process.on(signal, interrupt);
    stopListening = () => {
      clearTimeout(timer);
      for (const signal of INTERRUPTING) process.off(signal, interrupt);
    };
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code: code ?? signalExitCode(signal), wasReady }));
    ready.then((started) => {
      if (!started) return;
      wasReady = true;
      clearTimeout(timer);
      timer = setTimeout(() => resolve({ ready: started }), STAYS_MS);
    }, reject);
  });
  return outcome.finally(() => stopListening());
}

function failure(
  outcome: Unready,
  {
    project: { app },
    waitMs,
    file,
    reason,
  }: { project: Project; waitMs: number; file: string; reason: string | undefined },
): CommandFailure {
  const stillStarting = `is still starting: its log is "${file}"`;
  if ("late" in outcome)
    return new CommandFailure(
      `${app} is not ready after ${formatDuration(waitMs)}${reason === undefined ? "" : ` (${reason})`}, and ${stillStarting}`,
      75,
    );
  if ("interrupted" in outcome)
    return new CommandFailure(`Interrupted: ${app} ${stillStarting}`, signalExitCode(outcome.interrupted));
  const { code, wasReady } = outcome;
  const when = wasReady ? `within ${formatDuration(STAYS_MS)} of being ready` : "before it was ready";
  return new CommandFailure(
    `Cannot start ${app}: it ended with exit ${code} ${when} (its log is "${file}")`,
    code || 1,
  );
}

/** What the app says that it waits for; undefined if it does not answer. */
async function whyLate(options: DaemonOptions, env: Environment): Promise<string | undefined> {
  try {
    const address = await findAgent(options, env);
    return (await probe(address, "/readyz", new Deadline(ANSWER_LIMIT_MS))).reason;
  } catch {
    return undefined; // the sentence is true without the reason
  }
}

function readFrom(file: string, from: number): string {
  const descriptor = openSync(file, "r");
  try {
    const size = Math.max(0, statSync(file).size - from);
    const buffer = Buffer.alloc(Math.min(size, 64 * 1024));
    return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, buffer.length, from + size - buffer.length));
  } finally {
    closeSync(descriptor);
  }
}
