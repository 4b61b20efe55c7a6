// One start of an app at a time, until it is ready or has failed: no hook runs beside itself, and a second start that began at the
// same moment does not make a second instance.
import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../shared/addresses.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";
import { ownSocket } from "./refuse-second-start.ts";
import { holderOf, lockFile, takeLock, type Taken } from "../processes/process-lock.ts";
import type { Project } from "../project/project.ts";

/** It may be started, or runs, once that one has come to its end. */
const STARTING: ExitCode = 75;

/** A start whose app has just been stopped is over within this time. */
const PATIENCE_MS = 2000;
const LOOK_EVERY_MS = 20;

/** The file of the lock: one for each name, and for each folder without one. */
export function startLock(project: Project, env: Environment): string {
  const socket = ownSocket(project, env);
  return lockFile(env, "start", socket === undefined ? [project.root, project.app] : [socket]);
}

/**
 * Takes the lock for this process, which `giveBack` or its end gives back. Resolves to whether it has waited for another start.
 *
 * @throws CommandFailure 75 when another start has it, and keeps it.
 */
export async function takeStart(file: string, app: string): Promise<boolean> {
  return patiently(app, () => takeLock(file));
}

/** The same without taking it. @throws as {@link takeStart}. */
export async function startIsFree(file: string, app: string): Promise<boolean> {
  return patiently(app, () => holderOf(file) ?? true);
}

async function patiently(app: string, look: () => Taken | Promise<Taken>): Promise<boolean> {
  const until = performance.now() + PATIENCE_MS;
  for (let waited = false; ; waited = true) {
    const found = await look();
    if (found === true) return waited;
    if (performance.now() >= until)
      throw new CommandFailure(
        `Cannot start ${app}: process ${found.pid} is starting it (ping --ready --wait waits until it is ready)`,
        STARTING,
      );
    await sleep(LOOK_EVERY_MS);
  }
}
