// Answers `ping` and the probes, even while the app's event loop is stuck.
import { formatDuration } from "../../shared/duration.ts";
import { SUBPROTOCOL, type PingResult } from "../../shared/messages/messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import type { Admission } from "./admission/admission.ts";
import type { AppState } from "./admission/app-state.ts";
import type { BusyConsoles } from "./consoles/busy-consoles.ts";
import { STALLED_AFTER_MS } from "./admission/limits.ts";
import type { MainThread, ReadyAnswer } from "./relay/main-thread.ts";
import { monotonicMs } from "../../shared/boot-clock.ts";

/** The parameters of a ping or a probe. */
export interface Probe {
  /** Ask the app whether it is ready. Default: false; then the main thread is not needed. */
  ready?: boolean | undefined;
  /** From how many milliseconds on the event loop counts as stalled. Default: {@link STALLED_AFTER_MS}. */
  timeoutMs?: number | undefined;
}

/** What the answer is made from. */
export interface PingOptions {
  app: AppState;
  mainThread: MainThread;
  admission: Admission;
  consoles: BusyConsoles;
}

/** Answers `ping` from the gateway's own knowledge. The main thread is asked only for `ready`. */
export async function ping(parts: PingOptions, { ready, timeoutMs = STALLED_AFTER_MS }: Probe): Promise<PingResult> {
  const { app, consoles } = parts;
  const answer: Partial<ReadyAnswer> = ready ? await readiness(parts, timeoutMs) : {};
  const { stalledMs, loopDelayMs } = app;
  const { startedMs, ...identity } = app.identity;
  return {
    status: stalledMs >= timeoutMs ? "stalled" : "ok",
    stalledMs,
    loopDelayMs,
    ...answer,
    ...identity,
    ...defined({ console: consoles.sentence }),
    node: process.version,
    uptimeMs: Math.round(monotonicMs() - startedMs),
    rssBytes: app.residentBytes,
    protocol: SUBPROTOCOL,
  };
}

/** Asks the app, and waits as long as its event loop may stand still before it counts as stalled. */
async function readiness({ app, mainThread, admission }: PingOptions, limitMs: number): Promise<ReadyAnswer> {
  const patienceMs = limitMs - app.stalledMs;
  if (patienceMs <= 0) return stalled(app.stalledMs);
  if (admission.isClosing) return { ready: "stopping" };
  const answer = await mainThread.askReady(patienceMs);
  if (answer) return answer;
  const { stalledMs } = app;
  if (stalledMs >= limitMs) return stalled(stalledMs);
  return { ready: "not-ready", reason: `it did not say within ${formatDuration(limitMs)} whether it is ready` };
}

function stalled(stalledMs: number): ReadyAnswer {
  return { ready: "stalled", reason: `its event loop has not turned for ${formatDuration(stalledMs)}` };
}
