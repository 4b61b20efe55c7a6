// `restart`: a new process in the place of the running one, ready before it returns.
import type { GlobalOptions } from "../cli/global-options.ts";
import { probe } from "../cli/probe.ts";
import type { Streams } from "../cli/streams.ts";
import { findAgent } from "../discover.ts";
import { daemon } from "./daemon.ts";
import { refuseInHook } from "./hooks.ts";
import { findProject } from "./project.ts";
import { stop } from "./stop.ts";

/** Options of `restart`. */
export interface RestartOptions extends GlobalOptions {
  words: readonly string[];
  ifChanged?: boolean;
  timeoutMs?: number | undefined;
  waitMs?: number | undefined;
}

/** Stops the app and starts it as a daemon. @throws RpcError when nothing runs; CommandFailure as `daemon` does. */
export async function restart(options: RestartOptions, streams: Streams): Promise<number> {
  const project = findProject(options, streams.env);
  refuseInHook("restart", project, streams.env);
  const { app, instance, version } = await probe(await findAgent(options, streams.env), "/livez");
  if (options.ifChanged && version === project.version) {
    streams.stdout.write(`${app} ${instance} runs ${version} already\n`);
    return 0;
  }
  // That it had to be killed is told, and is no reason to leave the app down.
  await stop(options, streams);
  return daemon(options, streams);
}
