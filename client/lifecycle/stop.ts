// `stop`: stops the running app, however it was started, and returns when its process is gone.
import { formatDuration } from "../../shared/duration.ts";
import { hasCode } from "../../shared/has-code.ts";
import type { DrainResult } from "../../shared/messages.ts";
import { identityOf, remove, whatIsAt } from "../../shared/socket-file.ts";
import type { Address } from "../address.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { ExitCode } from "../cli/exit-codes.ts";
import type { GlobalOptions } from "../cli/global-options.ts";
import type { Streams } from "../cli/streams.ts";
import { request } from "../request.ts";
import { goneWithin } from "./gone-within.ts";
import { Hooks } from "./hooks.ts";
import { findRunning, type RunningApp } from "./running-app.ts";
import { readHookSettings, stopTimeout } from "./settings.ts";
import { stopApp } from "./stop-app.ts";

/** Options of `stop`. */
export interface StopCommandOptions extends GlobalOptions {
  timeoutMs?: number | undefined;
}

/** The exit code of a stop that had to kill: what a shell says of a process that SIGKILL ended. */
const KILLED: ExitCode = 137;

/** It may have ended when it is looked at again. */
const STAYS: ExitCode = 75;

/** What the system does not end by SIGKILL within this time waits for a disk or a network that does not answer. */
const KILL_MS = 10_000;

/** Stops the app and resolves to the exit code. @throws as {@link findRunning} and {@link stopRunning}. */
export async function stop(options: StopCommandOptions, streams: Streams): Promise<number> {
  const running = await findRunning("stop", options, streams.env);
  const killed = await stopRunning(running, options, streams);
  const { app, instance, pid } = running;
  if (options.json) streams.stdout.write(`${JSON.stringify({ app, instance, pid, killed })}\n`);
  return killed ? KILLED : 0;
}

/** Stops the app that was found, and tells what is told to people. Resolves to true when it had to be killed. */
export async function stopRunning(
  running: RunningApp,
  options: Pick<StopCommandOptions, "timeoutMs">,
  streams: Streams,
): Promise<boolean> {
  const { project, address, app, instance, pid } = running;
  const identity = identityOf(address.socket);
  const signal = new AbortController().signal;
  const { hookTimeoutMs } = readHookSettings(project);
  const timeoutMs = options.timeoutMs ?? stopTimeout(project);
  const hooks = new Hooks({ project, streams, command: "stop", timeoutMs: hookTimeoutMs, signal });
  const variables = { REMSH_PID: String(pid), REMSH_SOCKET: address.socket, REMSH_INSTANCE: instance };
  const killed = await stopApp(
    {
      drain: () => drain(address),
      signal: (each) => send(pid, each),
      goneWithin: (ms) => goneWithin(pid, ms),
      kill: () => kill(running),
    },
    {
      runHooks: (phase) => hooks.tryRun(phase, variables),
      tell: (sentence) => streams.stderr.write(`${app} ${instance} ${sentence}\n`),
      signal: "SIGTERM",
      timeoutMs,
    },
  );
  if (identity !== undefined) await forgetSocket(address.socket, identity);
  return killed;
}

/** An app that is stuck cannot be told that it will be stopped, and answers nobody anyhow. */
async function drain(address: Address): Promise<void> {
  await request<DrainResult>(address, { method: "drain", params: {} }).catch(() => {});
}

/**
 * An app that takes no notice of the signal is ended by it, and its socket stays: whoever asks next should not hear of a crash.
 * One that somebody answers at stays in any case.
 */
async function forgetSocket(socket: string, identity: string): Promise<void> {
  try {
    const found = await whatIsAt(socket);
    if (found.is === "stale" && found.identity === identity) remove(socket, identity);
  } catch {
    // A directory that cannot be written, or is gone: whoever asks next is told of a process that is gone, which is true.
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It is gone, which is what the signal was for; that it may not be sent is worth telling.
    if (!hasCode(error, "ESRCH")) throw error;
  }
}

async function kill({ app, instance, pid }: RunningApp): Promise<void> {
  send(pid, "SIGKILL");
  if (await goneWithin(pid, KILL_MS)) return;
  const waited = formatDuration(KILL_MS);
  throw new CommandFailure(
    `Cannot stop ${app} ${instance}: process ${pid} is still there ${waited} after SIGKILL`,
    STAYS,
  );
}
