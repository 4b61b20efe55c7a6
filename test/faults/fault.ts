// Defines a kill test: a scene that is set up once, and rounds in which one process is killed at a random moment.
import { strict as assert } from "node:assert";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually, type Finished, type Running } from "../end-to-end/processes.ts";
import type { TestProject } from "../client/lifecycle/project.ts";
import { systemProcesses } from "../system-processes.ts";

/** A source of numbers from 0 to 1. */
export type Random = () => number;

/** A scene: an app, a database. */
export interface Scene {
  /**
   * One round. Resolves to whether the kill came before the victim had ended by itself. Throws if a message was false,
   * or if something was left behind or is stuck.
   */
  round: (random: Random) => Promise<boolean>;
  close: () => Promise<void>;
}

/** A process to kill, and the scene for it. */
export interface Fault {
  victim: string;
  open: () => Promise<Scene>;
}

/** Numbers from a seed: mulberry32, by Tommy Ettinger (public domain). */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Kills the process after the time, and returns whether it was still running. */
export async function killAfter({ child, finished }: Running, ms: number): Promise<boolean> {
  const timeout = new AbortController();
  await Promise.race([sleep(ms, undefined, { signal: timeout.signal }).catch(() => {}), finished]);
  timeout.abort();
  if (child.exitCode !== null || child.signalCode !== null) return false;
  const exited = once(child, "exit"); // its children may hold its output open
  child.kill("SIGKILL");
  await exited;
  return true;
}

/** How long the work takes without a kill. */
export async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** A command of remsh ends with one of the codes and never shows its own stack. */
export function assertHonest({ stdout, stderr, code }: Finished, codes: readonly number[]): void {
  const said = `exit ${code}: ${stdout}${stderr}`;
  assert(codes.includes(code ?? -1), said);
  assert(!/remsh has a fault|node:internal|dist\//.test(stderr), said);
}

/** The processes of a project, except this one. */
export function processesOf({ root, env }: TestProject): string[] {
  const marks = [root, env.REMSH_RUNTIME_DIR ?? root];
  return systemProcesses()
    .filter(
      ({ pid, command, environment }) =>
        pid !== process.pid && marks.some((mark) => `${command} ${environment}`.includes(mark)),
    )
    .map(({ pid, command }) => `${pid} ${command}`);
}

/** Waits until no process of the project is left. */
export function nothingIsLeft(project: TestProject): Promise<void> {
  return eventually(
    () => processesOf(project).length === 0,
    `no process is left of ${processesOf(project).join("; ")}`,
  );
}

/** Waits until the app is gone, or as ready as it was before. */
export async function goneOrReady(project: TestProject): Promise<"gone" | "ready"> {
  let last: Finished | undefined;
  await eventually(async () => {
    last = await project.shop("ping", "--ready");
    return last.code === 69 || last.code === 0;
  }, "it is gone or ready").catch((error: unknown) => {
    throw new Error(`Stuck: ${last?.stderr}`, { cause: error });
  });
  return last?.code === 0 ? "ready" : "gone";
}

/**
 * Stops the app, and checks that nothing is left of it. An app that is still starting has no socket yet, and is stopped
 * a moment later.
 */
export async function stopped(project: TestProject): Promise<void> {
  await eventually(async () => {
    assertHonest(await project.shop("stop", "--timeout", "5s"), [0, 64, 69, 137]);
    return processesOf(project).length === 0;
  }, "nothing is left").catch((cause: unknown) => {
    throw new Error(`Left behind: ${processesOf(project).join("; ")}`, { cause });
  });
}
