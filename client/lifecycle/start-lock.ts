// Allows one start of an app at a time, until the app is ready or has failed. So no hook runs twice at once, and a
// second start at the same moment does not make a second instance.
import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../shared/addresses.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";
import { ownSocket } from "./refuse-second-start.ts";
import { holderOf, lockFile, takeLock, type Taken } from "../processes/process-lock.ts";
import type { Project } from "../project/project.ts";

/** The app can be started, or is running, when the other start is done. */
const STARTING: ExitCode = 75;

/** A start whose app has just been stopped is over within this time. */
const PATIENCE_MS = 2000;
const LOOK_EVERY_MS = 20;

/** The lock's file: one for each instance name; without a name, one for each folder. */
export function startLock(project: Project, env: Environment): string {
  const socket = ownSocket(project, env);
  return lockFile(env, "start", socket === undefined ? [project.root, project.app] : [socket]);
}

/**
 * Takes the lock for this process; `giveBack`, or the end of the process, releases it. Resolves to whether this start
 * has waited for another.
 *
 * @throws CommandFailure 75 when another start holds the lock for too long.
 */
export async function takeStart(file: string, app: string): Promise<boolean> {
  return patiently(app, () => takeLock(file));
}

/** The same without taking the lock. @throws as {@link takeStart}. */
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
