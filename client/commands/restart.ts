// `restart`: replaces the running process with a new one, which is ready before the command returns.
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { Streams } from "../terminal/streams.ts";
import { checkStart } from "./check-start.ts";
import { startDaemon } from "./daemon.ts";
import { named } from "../project/project.ts";
import { findRunning } from "../lifecycle/running-app.ts";
import { stopRunning } from "./stop.ts";

/** Options of `restart`. */
export interface RestartOptions extends GlobalOptions {
  words: readonly string[];
  /** False: run no hooks, for the stop and for the start. Default: true. */
  hooks?: boolean | undefined;
  ifChanged?: boolean;
  timeoutMs?: number | undefined;
  waitMs?: number | undefined;
}

/**
 * Stops the app and starts it as a daemon. If the old process had to be killed, that is reported, and the new one is
 * still started.
 *
 * @throws as `findRunning`, and as `checkStart` before anything has happened; as `stopRunning` and `startDaemon`.
 */
export async function restart(options: RestartOptions, given: Streams): Promise<number> {
  const running = await findRunning("restart", options, given);
  const streams = { ...given, env: running.env };
  const { app, instance, version, project, address } = running;
  const { pid } = running.process;
  const tell = (document: object) => streams.stdout.write(`${JSON.stringify(document)}\n`);
  if (options.ifChanged && version === project.version) {
    if (options.json) tell({ app, version, instance, pid, socket: address.socket, restarted: false });
    else streams.stdout.write(`${app} ${instance} runs ${version} already\n`);
    return 0;
  }
  checkStart(project, options, { ...streams.env, ...named(options) });
  const killed = await stopRunning(running, options, streams);
  const started = await startDaemon(options, streams);
  if (options.json) tell({ ...started, restarted: true, killed });
  return 0;
}
