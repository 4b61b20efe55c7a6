// `stop`: stops the running app, however it was started, and returns when its process is gone.
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "../../shared/has-code.ts";
import type { DrainResult } from "../../shared/messages.ts";
import { identityOf, remove, whatIsAt } from "../../shared/socket-file.ts";
import type { Address } from "../address.ts";
import type { GlobalOptions } from "../cli/global-options.ts";
import type { Streams } from "../cli/streams.ts";
import { request } from "../request.ts";
import { Hooks } from "./hooks.ts";
import { findRunning, type RunningApp } from "./running-app.ts";
import { readHookSettings, stopTimeout } from "./settings.ts";
import { stopApp } from "./stop-app.ts";

/** Options of `stop`. */
export interface StopCommandOptions extends GlobalOptions {
  timeoutMs?: number | undefined;
}

/** The exit code of a stop that had to kill: what a shell says of a process that SIGKILL ended. */
const KILLED = 137;

/** A process that is not our child ends without telling us. */
const LOOK_EVERY_MS = 20;

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
      gone: goneOf(pid),
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

async function goneOf(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(LOOK_EVERY_MS);
  }
}
