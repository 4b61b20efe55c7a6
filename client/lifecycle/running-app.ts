// Finds the running app that `stop` and `restart` mean. It refuses, before anything has happened, if this process could
// not end the app, or if the process that would be ended is not the one that listens at the app's socket.
import { lstatSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";
import { RpcError, type RpcCode } from "../../shared/errors.ts";
import { hasCode } from "../../shared/has-code.ts";
import { isSameApp } from "../../shared/app-folder.ts";
import type { PingResult } from "../../shared/messages/messages.ts";
import { pidNamespace } from "../../shared/pid-namespace.ts";
import type { Address } from "../wire/address.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { probe } from "../wire/probe.ts";
import type { Streams } from "../terminal/streams.ts";
import { Deadline } from "../wire/deadline.ts";
import { findAgent } from "../find/discover.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import { appWithoutAgent, inPlaceOf, isAbsence } from "./app-without-agent.ts";
import { refuseInHook } from "../hooks/hooks.ts";
import { KnownProcess } from "../processes/known-process.ts";
import { listeningProcess } from "../processes/listening-process.ts";
import { findProject, findProjectAnyhow, type Project } from "../project/project.ts";

/** A running app that may be stopped from here. */
export interface RunningApp {
  /** The command for which it was found. */
  command: "stop" | "restart";
  project: Project;
  address: Address;
  app: string;
  instance: string;
  /** Undefined if the app does not answer. */
  version: string | undefined;
  /** The version of its Node; undefined if the app does not answer. */
  node: string | undefined;
  /** The folder that it was started in, without symbolic links; undefined if the app does not answer. */
  root: string | undefined;
  process: KnownProcess;
  /** True if its agent has answered, and can be told about the stop. */
  answers: boolean;
  /**
   * The environment for everything that is done to it, with the app's own runtime directory instead of the caller's.
   */
  env: Environment;
}

/** The errors of an agent that listens but cannot answer or take a connection. */
const SILENT: readonly RpcCode[] = ["TIMEOUT", "CONNECTION_LOST", "TOO_MANY"];

/**
 * Finds the app that the command should stop, even one that does not answer. `limitMs` is how long it may take to
 * answer.
 *
 * @throws RpcError when nothing runs, when it is not clear what is meant, or DENIED when its process cannot be
 * signalled from here or is not the one that listens; UsageError when a hook of the app asks for it.
 */
export async function findRunning(
  command: RunningApp["command"],
  options: GlobalOptions,
  { env, stderr, limitMs = ANSWER_LIMIT_MS }: Pick<Streams, "env" | "stderr"> & { limitMs?: number },
): Promise<RunningApp> {
  const tell = (sentence: string) => stderr.write(`${sentence}\n`);
  // A stop needs no settings; a restart does.
  const project = command === "stop" ? findProjectAnyhow(options, env, tell) : findProject(options, env);
  refuseInHook(command, project, env);
  const { address, ...running } = await locate(project, options, { env, limitMs });
  const name = `${running.app} ${running.instance}`;
  const reason = running.reason ?? whyOutOfReach(running.process, address.socket);
  if (reason !== undefined) throw new RpcError("DENIED", `Cannot ${command} ${name}: ${reason}`);
  return { command, project, address, env: inPlaceOf(address, env), ...running };
}

async function locate(
  project: Project,
  options: GlobalOptions,
  { env, limitMs }: { env: Environment; limitMs: number },
): Promise<Found & { address: Address }> {
  try {
    const address = await findAgent(options, env);
    const found = await ask(address, limitMs);
    return {
      address,
      ...("silence" in found ? silentApp(project, address, found.silence) : answeringApp(address, found)),
    };
  } catch (error) {
    const found = isAbsence(error) ? appWithoutAgent(project, options, env) : undefined;
    if (!found) throw error;
    return { ...found, app: project.app, ...UNKNOWN, answers: false };
  }
}

/** What only an answer tells. */
const UNKNOWN = { version: undefined, node: undefined, root: undefined };

async function ask(address: Address, limitMs: number): Promise<PingResult | { silence: RpcError }> {
  try {
    return await probe(address, "/livez", new Deadline(limitMs, 0));
  } catch (error) {
    if (error instanceof RpcError && SILENT.includes(error.code)) return { silence: error };
    throw error;
  }
}

type Found = Pick<RunningApp, "app" | "instance" | "version" | "node" | "root" | "process" | "answers"> & {
  reason?: string | undefined;
};

function answeringApp({ socket }: Address, result: PingResult): Found {
  const { app, instance, version, node, root, pid } = result;
  const process = new KnownProcess(pid);
  return { app, instance, version, node, root, process, answers: true, reason: whyElsewhere(process, socket, result) };
}

/**
 * Finds the process of an app that does not answer. @throws RpcError `silence` when the process cannot be determined.
 */
function silentApp({ app }: Project, { socket, folder }: Address, silence: RpcError): Found {
  const process = listeningProcess(socket);
  if (!process) throw silence;
  const own = folder && process.startedIn;
  if (folder && own && !isSameApp(own, folder))
    throw new RpcError(
      "OTHER_APP",
      `Cannot reach ${app}: process ${process.pid}, which does not answer, is that of "${own.root}"`,
    );
  return { app, instance: path.basename(socket, ".sock"), ...UNKNOWN, process, answers: false };
}

/** Why the process id means another process here, if it does. */
function whyElsewhere({ pid, start }: KnownProcess, socket: string, result: PingResult): string | undefined {
  const { pidNamespace: home, processStart } = result;
  // If the agent does not say, it is an older one, or the system has no pid namespaces.
  if (home !== undefined && home !== pidNamespace())
    return "it runs in another pid namespace, as in a container of its own (do it from there)";
  if (start === undefined || processStart === undefined || start === processStart) return undefined;
  return `process ${pid} is not the one that answers at "${socket}": it began at another time`;
}

/**
 * Why the process must not be signalled: this user may not, or the process belongs to another user than the socket. An
 * agent's own statement may be false.
 */
function whyOutOfReach({ pid, user }: KnownProcess, socket: string): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, "EPERM")) return `you may not signal process ${pid}`;
    return undefined; // it has ended at this very moment
  }
  const owner = lstatSync(socket, { throwIfNoEntry: false })?.uid;
  // A socket of root can be trusted, even if the process has changed its user since.
  if (user === undefined || owner === undefined || owner === user || owner === 0) return undefined;
  return `process ${pid} belongs to user ${user}, and the socket at which it is said to listen to user ${owner}`;
}
