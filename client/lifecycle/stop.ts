// `stop`: stops the running app, however it was started, and returns when its process is gone.
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "../../shared/has-code.ts";
import type { DrainResult, PingResult } from "../../shared/messages.ts";
import { identityOf, removeOwn } from "../../shared/socket-file.ts";
import type { Address } from "../address.ts";
import type { GlobalOptions } from "../cli/global-options.ts";
import { probe } from "../cli/probe.ts";
import type { Streams } from "../cli/streams.ts";
import { findAgent } from "../discover.ts";
import { request } from "../request.ts";
import { Hooks, refuseInHook } from "./hooks.ts";
import { findProject } from "./project.ts";
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

/** What `stop` has done. */
export interface Stopped {
  app: string;
  instance: string;
  pid: number;
  /** It did not end in time. */
  killed: boolean;
}

/** Stops the app and resolves to the exit code. @throws as {@link stopRunning}. */
export async function stop(options: StopCommandOptions, streams: Streams): Promise<number> {
  const stopped = await stopRunning(options, streams);
  if (options.json) streams.stdout.write(`${JSON.stringify(stopped)}\n`);
  return stopped.killed ? KILLED : 0;
}

/** Stops the app, and tells what is told to people. @throws RpcError when nothing runs, or it is not clear what is meant. */
export async function stopRunning(options: StopCommandOptions, streams: Streams): Promise<Stopped> {
  const project = findProject(options, streams.env);
  refuseInHook("stop", project, streams.env);
  const address = await findAgent(options, streams.env);
  const running = await probe(address, "/livez");
  const identity = identityOf(address.socket);
  const signal = new AbortController().signal;
  const { hookTimeoutMs } = readHookSettings(project);
  const timeoutMs = options.timeoutMs ?? stopTimeout(project);
  const hooks = new Hooks({ project, streams, command: "stop", timeoutMs: hookTimeoutMs, signal });
  const variables = { REMSH_PID: String(running.pid), REMSH_SOCKET: address.socket, REMSH_INSTANCE: running.instance };
  const killed = await stopApp(
    {
      drain: () => drain(address),
      signal: (each) => send(running, each),
      gone: goneOf(running.pid),
    },
    {
      runHooks: (phase) => hooks.tryRun(phase, variables),
      tell: (sentence) => streams.stderr.write(`${running.app} ${running.instance} ${sentence}\n`),
      signal: "SIGTERM",
      timeoutMs,
    },
  );
  if (identity !== undefined) forgetSocket(address.socket, identity);
  const { app, instance, pid } = running;
  return { app, instance, pid, killed };
}

/** An app that is stuck cannot be told that it will be stopped, and answers nobody anyhow. */
async function drain(address: Address): Promise<void> {
  await request<DrainResult>(address, { method: "drain", params: {} }).catch(() => {});
}

/** An app that takes no notice of the signal is ended by it, and its socket stays: whoever asks next should not hear of a crash. */
function forgetSocket(socket: string, identity: string): void {
  try {
    removeOwn(socket, identity);
  } catch {
    // A directory that cannot be written, or is gone: whoever asks next is told of a process that is gone, which is true.
  }
}

function send({ pid }: PingResult, signal: NodeJS.Signals): void {
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
