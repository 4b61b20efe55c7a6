// Reaches the same instance again after the connection was lost, and reports what was lost and what was not.
import { setTimeout as sleep } from "node:timers/promises";
import type { ConsoleOpenResult } from "../../shared/messages/console-messages.ts";
import { RpcError } from "../../shared/errors.ts";
import { formatDuration } from "../../shared/duration.ts";
import { messageOf } from "../../shared/message-of.ts";
import { RECONNECT_LIMIT_MS, RECONNECT_RETRY_MS } from "../wire/limits.ts";
import type { OpenConsole } from "./console-backend.ts";

/**
 * Opens a console in the same place again.
 *
 * @throws RpcError when no agent has answered there in time, or the signal has fired.
 */
export async function reconnect(open: () => Promise<OpenConsole>, signal: AbortSignal): Promise<OpenConsole> {
  const giveUpAt = performance.now() + RECONNECT_LIMIT_MS;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (signal.aborted || performance.now() > giveUpAt) {
        const after = `Gave up after ${formatDuration(RECONNECT_LIMIT_MS)}`;
        throw new RpcError("CONNECTION_LOST", `${after}: ${messageOf(error)}`, { cause: error });
      }
    }
    await sleep(RECONNECT_RETRY_MS);
  }
}

/** Whether the new console is in the same process as the one before. */
export function isSameProcess(before: ConsoleOpenResult, now: ConsoleOpenResult): boolean {
  return before.pid === now.pid && now.uptimeMs >= before.uptimeMs;
}

/** What the user should know after the reconnection. */
export function reunionText({ app: before }: OpenConsole, { app: now, isSafe }: OpenConsole): string {
  if (isSafe) return `Connected to process ${now.pid} again: the variables are gone, remsh runs lists what still runs`;
  if (isSameProcess(before, now)) {
    return `Connected again to the same process ${now.pid}: bindings live on, _ and _error are lost, remsh runs lists what still runs`;
  }
  return `Connected to a new process, pid ${now.pid}, up ${formatDuration(now.uptimeMs)}: all bindings and runs of pid ${before.pid} are gone`;
}
