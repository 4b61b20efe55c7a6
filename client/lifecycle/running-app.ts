// The running app that `stop` and `restart` mean: found once, and refused before anything has happened where this process
// could not end it.
import { RpcError } from "../../shared/errors.ts";
import { hasCode } from "../../shared/has-code.ts";
import type { PingResult } from "../../shared/messages.ts";
import { pidNamespace } from "../../shared/pid-namespace.ts";
import type { Address } from "../address.ts";
import type { GlobalOptions } from "../cli/global-options.ts";
import { probe } from "../cli/probe.ts";
import type { Streams } from "../cli/streams.ts";
import { findAgent } from "../discover.ts";
import { refuseInHook } from "./hooks.ts";
import { findProject, type Project } from "./project.ts";

/** An app that runs, and that may be stopped from here. */
export interface RunningApp extends Pick<PingResult, "app" | "version" | "instance" | "pid"> {
  /** What it was found for. */
  command: "stop" | "restart";
  project: Project;
  address: Address;
}

/**
 * Finds the app that the command is to stop.
 *
 * @throws RpcError when nothing runs, when it is not clear what is meant, or DENIED when its process cannot be signalled from
 * here; UsageError when a hook of the app's asks for it.
 */
export async function findRunning(
  command: RunningApp["command"],
  options: GlobalOptions,
  env: Streams["env"],
): Promise<RunningApp> {
  const project = findProject(options, env);
  refuseInHook(command, project, env);
  const address = await findAgent(options, env);
  const found = await probe(address, "/livez");
  const reason = whyOutOfReach(found);
  if (reason !== undefined) throw new RpcError("DENIED", `Cannot ${command} ${found.app} ${found.instance}: ${reason}`);
  const { app, version, instance, pid } = found;
  return { command, project, address, app, version, instance, pid };
}

/** Its pid is to be this very process here too, and we are to be allowed to signal that. */
function whyOutOfReach({ pid, pidNamespace: home }: PingResult): string | undefined {
  // One that does not say it is an agent of before, or of a system that has none.
  if (home !== undefined && home !== pidNamespace())
    return "it runs in another pid namespace, as in a container of its own (do it from there)";
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, "EPERM")) return `you may not signal process ${pid}`;
    // It has ended in this very moment.
  }
  return undefined;
}
