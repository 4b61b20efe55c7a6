// `stop`: stops the running app, however it was started. Returns when its process is gone.
import { formatDuration } from "../../shared/duration.ts";
import { identityOf, remove, whatIsAt } from "../../shared/socket-file.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { Streams } from "../terminal/streams.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import { isAbsence } from "../lifecycle/app-without-agent.ts";
import { takeEarlySignals } from "../processes/early-signals.ts";
import { checkHooks } from "../hooks/hook-files.ts";
import { Hooks } from "../hooks/hooks.ts";
import { findProjectAnyhow, named } from "../project/project.ts";
import { findRunning, type RunningApp } from "../lifecycle/running-app.ts";
import { stopOnce, type StopOnceOptions } from "../lifecycle/stop-once.ts";
import { readHookSettings, stopTimeout } from "../project/settings.ts";
import { startLock } from "../lifecycle/start-lock.ts";
import { forgetRecord } from "../lifecycle/supervised-apps.ts";
import { stopApp } from "../lifecycle/stop-app.ts";
import { startUnderWay, stopStart } from "../lifecycle/stop-start.ts";
import { StoppableApp } from "../lifecycle/stoppable-app.ts";

/** Options of `stop`. */
export interface StopCommandOptions extends GlobalOptions {
  timeoutMs?: number | undefined;
  /** False: run no hooks. Default: true. */
  hooks?: boolean | undefined;
}

/** The exit code of a stop that had to kill the app: a shell reports the same for a process that SIGKILL ended. */
const KILLED: ExitCode = 137;

/** The app may have ended when the command is tried again. */
const BUSY: ExitCode = 75;

/** Stops the app and resolves to the exit code. @throws as {@link findRunning} and {@link stopRunning}. */
export async function stop(options: StopCommandOptions, streams: Streams): Promise<number> {
  const began = performance.now();
  const limitMs = options.timeoutMs === undefined ? ANSWER_LIMIT_MS : answerMs(options.timeoutMs);
  const running = await findRunning("stop", options, { ...streams, limitMs }).catch((error: unknown) =>
    stopBeforeItRuns(error, options, streams),
  );
  if (!running) return 0;
  const killed = await stopRunning(running, { ...options, began }, streams);
  const {
    app,
    instance,
    process: { pid },
  } = running;
  if (options.json) streams.stdout.write(`${JSON.stringify({ app, instance, pid, killed })}\n`);
  return killed ? KILLED : 0;
}

/**
 * Stops the app that was found, and reports to people. Resolves to true when the app had to be killed.
 *
 * @throws CommandFailure 78 when a hook of the stop cannot be run, before anything has happened; the code of a signal
 * that arrived before the end. An app that has not yet been signalled then continues as before.
 */
export async function stopRunning(
  running: RunningApp,
  options: Pick<StopCommandOptions, "timeoutMs" | "hooks"> & { began?: number },
  given: Streams,
): Promise<boolean> {
  const { project, address, app, instance, process } = running;
  const streams = { ...given, env: running.env };
  const { began = performance.now() } = options;
  const { hookTimeoutMs } = readHookSettings(project);
  const timeoutMs = options.timeoutMs ?? stopTimeout(project);
  const withHooks = options.hooks !== false;
  if (withHooks) checkHooks(project, ["pre_stop", "post_stop"]);
  const identity = identityOf(address.socket);
  const variables = { REMSH_PID: String(process.pid), REMSH_SOCKET: address.socket, REMSH_INSTANCE: instance };
  const signals = takeEarlySignals();
  const hooks = new Hooks({ project, streams, command: "stop", timeoutMs: hookTimeoutMs, signal: signals.stopped });
  const stoppable = new StoppableApp(running, { stopped: signals.stopped, answerMs: answerMs(timeoutMs) });
  const limit = options.timeoutMs === undefined ? undefined : stillStopped(running, timeoutMs, began);
  const tell = (sentence: string) => streams.stderr.write(`${app} ${instance} ${sentence}\n`);
  const stopIt = () =>
    stopApp(stoppable, {
      runHooks: async (phase) => (withHooks ? hooks.tryRun(phase, variables) : undefined),
      tell,
      signal: "SIGTERM",
      timeoutMs,
      // Without its own --timeout, a stop that takes over from an interrupted one gives the app the whole time.
      passedMs: options.timeoutMs === undefined ? 0 : performance.now() - began,
    });
  try {
    const killed = await stopOnce(process, { env: streams.env, tell, stopped: signals.stopped, limit }, stopIt);
    forgetRecord(running);
    if (identity !== undefined) await forgetSocket(address.socket, identity);
    return killed;
  } catch (error) {
    // Another process continues to stop the app.
    if (error instanceof StopsStill) throw error;
    const remains = await leave(stoppable, running.command);
    const reason: unknown = signals.stopped.reason; // a CommandFailure whenever these signals have fired
    if (!signals.stopped.aborted || !(reason instanceof CommandFailure)) throw error;
    throw new CommandFailure(`Interrupted: ${app} ${instance} ${remains}`, reason.exitCode);
  } finally {
    stoppable.forget();
    signals.ignore();
  }
}

/**
 * Ends a start whose first hooks are still running, if that is why no agent was found.
 *
 * @throws the given error when no start is under way; as {@link stopStart}.
 */
async function stopBeforeItRuns(error: unknown, options: StopCommandOptions, streams: Streams): Promise<undefined> {
  const env = { ...streams.env, ...named(options) };
  const project = isAbsence(error) && findProjectAnyhow(options, env, () => {});
  const start = project && options.socket === undefined ? startUnderWay(startLock(project, env)) : undefined;
  if (!project || !start) throw error;
  const timeoutMs = options.timeoutMs ?? stopTimeout(project);
  await stopStart(start, { app: project.app, timeoutMs }, streams);
  if (options.json) streams.stdout.write(`${JSON.stringify({ app: project.app, pid: start.pid, killed: false })}\n`);
}

/** Another process was still stopping the app when the time of this one was up. */
class StopsStill extends CommandFailure {}

function stillStopped({ app, instance }: RunningApp, timeoutMs: number, began: number): StopOnceOptions["limit"] {
  const after = formatDuration(timeoutMs);
  const sentence = (other: number) =>
    `Cannot stop ${app} ${instance}: process ${other} is still stopping it after ${after}`;
  return {
    ms: timeoutMs - (performance.now() - began),
    error: (other) => new StopsStill(sentence(other), BUSY),
  };
}

const MOST_ANSWER_MS = 1000;

/** How long the app's agent may take to answer. The rest of the time is left to the app. */
function answerMs(timeoutMs: number): number {
  return Math.max(1, Math.min(MOST_ANSWER_MS, timeoutMs / 3));
}

/** After an interrupted stop, puts the app into its final state and returns a description of it. */
async function leave(app: StoppableApp, command: RunningApp["command"]): Promise<string> {
  if (app.stage === "running") {
    const reason = await app.takeBack();
    return `was not stopped, ${reason === undefined ? "and keeps running" : `but stays not ready: ${reason}`}`;
  }
  const end = app.stage === "ending" ? "is still ending" : "has ended, without the rest of its post_stop hooks";
  return command === "stop" ? end : `${end}, and is not started again`;
}

/**
 * The signal ends an app that does not listen to it, and its socket stays. The socket is removed, so that the next
 * command does not report a crash. A socket at which a process answers is kept.
 */
async function forgetSocket(socket: string, identity: string): Promise<void> {
  try {
    const found = await whatIsAt(socket);
    if (found.is === "stale" && found.identity === identity) remove(socket, identity);
  } catch {
    // The directory cannot be written, or is gone. The next command then reports that the process is gone, which is
    // true.
  }
}
