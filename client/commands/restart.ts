// `restart`: a new process in the place of the running one, ready before it returns.
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
  /** False: without hooks, neither of the stop nor of the start. Default: with them. */
  hooks?: boolean | undefined;
  ifChanged?: boolean;
  timeoutMs?: number | undefined;
  waitMs?: number | undefined;
}

/**
 * Stops the app and starts it as a daemon. That it had to be killed is told, and is no reason to leave the app down.
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
