// Asks for a lock until it is free. It never waits inside a statement, so it can report the holder and be cancelled.
import { setTimeout as delay } from "node:timers/promises";
import { formatDuration } from "../../../shared/duration.ts";
import { TaskFailure } from "../../tasks/task.ts";
import type { LockRequest } from "./any-database.ts";

const POLL_MS = 200;
/** A short wait is not reported; a long one is reported every few seconds. */
const FIRST_REPORT_MS = 1000;
const REPORT_MS = 5000;

/** A lock that is asked for again and again. */
export interface AskedLock {
  readonly what: string;
  readonly code: string;
  readonly advisory?: boolean;
  /** Takes the lock, or returns its holder. */
  take(): Promise<{ heldBy: string } | undefined>;
}

/** How long to wait, by the clock of `performance.now()`, and what to do meanwhile. */
export type Waiting = Pick<LockRequest, "signal" | "print"> & { readonly deadline: number };

/** @throws TaskFailure (exit 75) when the lock is still held at the deadline. */
export async function poll(lock: AskedLock, request: Waiting): Promise<void> {
  const started = performance.now();
  let reportAt = started + FIRST_REPORT_MS;
  for (;;) {
    const held = await lock.take();
    if (!held) return;
    const now = performance.now();
    const waiting = `${held.heldBy}, for ${formatDuration(Math.round(now - started))}`;
    if (now >= request.deadline) {
      const { what, code } = lock;
      throw new TaskFailure(`Gave up waiting for ${what}: ${waiting}`, { exitCode: 75, code });
    }
    if (now >= reportAt) {
      request.print(`waiting for ${lock.what}: ${waiting}`);
      reportAt = now + REPORT_MS;
    }
    // Randomised, because processes that began together would otherwise always ask at the same moment.
    await delay(Math.min(POLL_MS * (0.5 + Math.random()), request.deadline - now), undefined, {
      signal: request.signal,
    });
  }
}
