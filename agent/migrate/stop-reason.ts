// Why a migration ended the run: what went wrong, what the database says of it afterwards, and the exit code.
import { setTimeout as delay } from "node:timers/promises";
import { TaskFailure } from "../tasks/task.ts";
import type { AnyEngine } from "./plan/engine.ts";
import { explain, type Explanation } from "./plan/explanation.ts";
import { readEngine } from "./plan/read-history.ts";
import { blamed } from "./database/invalid-indexes.ts";
import { isRecorded, type KnownMigration, type Plan } from "./plan/plan.ts";
import { describeRemains } from "./plan/remains.ts";
import type { RunOptions } from "./run-options.ts";
import { exitCodeOf } from "./database/is-transient-error.ts";
import type { AnySession } from "./database/any-database.ts";

/** A server that restarts is there again soon. */
const ASK_AGAIN_MS = 5000;
const ASK_EVERY_MS = 200;

/** Why a migration ended the run. */
export interface StopReason {
  readonly headline: string;
  readonly details: readonly string[];
  readonly exitCode: number;
  readonly code: string | undefined;
  readonly cause: unknown;
  /** True when the engine has recorded the migration as done all the same. */
  readonly recorded: boolean;
}

/** The migration that ended the run, and its session. */
export interface Failed {
  readonly migration: KnownMigration;
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly session: AnySession;
  /** The indexes that were invalid before. */
  readonly before: readonly string[];
}

/** Finds out what became of a migration that threw. */
export async function describeStop(error: unknown, failed: Failed): Promise<StopReason> {
  const { migration, plan, session, before } = failed;
  const explanation = await explain(error, migration.path, session);
  const after = await readAfterwards(failed);
  const recorded = after !== undefined && isRecorded(after.applied, migration) === (plan.direction === "up");
  const left = blamed(after?.invalid ?? [], before, session.notices);
  const remains = describeRemains({ fate: session.fate(), direction: plan.direction, recorded, known: after?.gone });
  const { headline, exitCode, code } = verdict(failed, explanation, { error, whole: remains.whole });
  return {
    headline: `${headline}, ${remains.state}`,
    details: [...explanation.details, ...remains.details, ...left.map(invalidLine), ...blockedLines(after)],
    exitCode,
    code: code ?? explanation.code,
    cause: error,
    recorded,
  };
}

function verdict(
  { migration: { name }, options: { lock, context }, session }: Failed,
  { message, code }: Explanation,
  { error, whole }: { error: unknown; whole: boolean },
): { headline: string; exitCode: number; code?: string } {
  if (lock.lost.aborted) {
    const reason = lock.lost.reason instanceof Error ? lock.lost.reason.message : "Lost the migration lock";
    return { headline: `Stopped "${name}": ${lowerFirst(reason)}`, exitCode: 75, code: "LOCK_LOST" };
  }
  if (context.signal.aborted) return { headline: `Cancelled "${name}"`, exitCode: 75, code: "CANCELLED" };
  const headline = `Migration "${name}" failed: ${message}`;
  if (error instanceof TaskFailure) return { headline, exitCode: error.exitCode };
  // A connection that ended without a word was lost on the way.
  if (session.lostConnection && code === undefined) return { headline, exitCode: 75, code: "CONNECTION_LOST" };
  return { headline, exitCode: exitCodeOf(code, whole) };
}

interface Afterwards {
  readonly applied: readonly string[];
  readonly invalid: string[];
  /**
   * Why nothing more may run until the operator has seen to it, if so: what Prisma has begun, say, and not finished.
   */
  readonly blocked: string | undefined;
  /** Whether the migration's backends have ended, so that nothing of it can still happen. */
  readonly gone: boolean;
}

/**
 * The truth after a failure, from a connection that is known to be good; undefined when the database cannot be asked,
 * soon after it was restarted, say.
 */
async function readAfterwards({ options, session }: Failed): Promise<Afterwards | undefined> {
  const deadline = performance.now() + ASK_AGAIN_MS;
  for (;;) {
    try {
      return await options.database.use(async (client) => {
        const gone = await session.gone(client);
        const { applied, blocked } = await readEngine(client, options);
        return { gone, applied, blocked, invalid: await options.database.invalidIndexes(client) };
      });
    } catch (error) {
      const soon = error instanceof TaskFailure && error.exitCode === 75;
      if (!soon || performance.now() >= deadline) return undefined;
      await delay(ASK_EVERY_MS);
    }
  }
}

/** A migration that the engine took for done, but that its table does not have as wanted. */
export function unrecordedReason({ name }: KnownMigration, { direction }: Plan, engine: AnyEngine): StopReason {
  const done = direction === "up" ? "applied" : "rolled back";
  return {
    headline: `Migration "${name}" failed: ${engine.name} reports no error, but has not recorded it as ${done}`,
    details: [],
    exitCode: 1,
    code: "NOT_RECORDED",
    cause: undefined,
    recorded: false,
  };
}

/** A migration that succeeded and left invalid indexes all the same. */
export function invalidIndexReason({ name }: KnownMigration, left: readonly string[]): StopReason {
  return {
    headline: `Migration "${name}" left an invalid index`,
    details: left.map(invalidLine),
    exitCode: 1,
    code: "INVALID_INDEX",
    cause: undefined,
    recorded: true,
  };
}

function blockedLines(after: Afterwards | undefined): string[] {
  return after?.blocked === undefined ? [] : [`nothing more runs until this is resolved: ${after.blocked}`];
}

function invalidLine(index: string): string {
  return `index ${index} is INVALID: repair the cause, then DROP INDEX CONCURRENTLY ${index} and create it again`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
