// An app that is stopped from outside, by whoever has not started it: all there is of it are its agent and its process id.
import { formatDuration } from "../../shared/duration.ts";
import { hasCode } from "../../shared/has-code.ts";
import type { DrainParams, DrainResult } from "../../shared/messages.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { ExitCode } from "../cli/exit-codes.ts";
import { request } from "../request.ts";
import { goneWithin } from "./gone-within.ts";
import type { RunningApp } from "./running-app.ts";
import { signalsHeard } from "./signals.ts";
import type { Stoppable } from "./stop-app.ts";

/** What the system does not end by SIGKILL within this time waits for a disk or a network that does not answer. */
const KILL_MS = 10_000;

/** It may have ended when it is looked at again. */
const STAYS: ExitCode = 75;

/** The app, as `stopApp` stops it. */
export class StoppableApp implements Stoppable {
  /** How far its stop has come: `ending` from its first signal on. */
  stage: "running" | "ending" | "gone" = "running";
  readonly #running: RunningApp;
  readonly #stopped: AbortSignal;

  /** `stopped` ends the stop wherever it is; what waits then rejects with the signal's reason. */
  constructor(running: RunningApp, stopped: AbortSignal) {
    this.#running = running;
    this.#stopped = stopped;
  }

  async drain(): Promise<void> {
    // An app that is stuck cannot be told that it will be stopped, and answers nobody anyhow.
    await this.#drain({}).catch(() => {});
    await signalsHeard();
    this.#stopped.throwIfAborted();
  }

  /** It is not stopped after all. Resolves to why it stays not ready, where it does. */
  async takeBack(): Promise<string | undefined> {
    try {
      const { ready } = await this.#drain({ takeBack: true });
      return ready && "it is being stopped";
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(this.#running.pid, signal);
    } catch (error) {
      // It is gone, which is what the signal was for; that it may not be sent is worth telling.
      if (!hasCode(error, "ESRCH")) throw error;
    }
    this.stage = "ending";
  }

  async goneWithin(ms: number): Promise<boolean> {
    const isGone = await goneWithin(this.#running.pid, ms, this.#stopped);
    if (isGone) this.stage = "gone";
    return isGone;
  }

  /** @throws CommandFailure 75 when it stays there all the same. */
  async kill(): Promise<void> {
    const { app, instance, pid } = this.#running;
    this.signal("SIGKILL");
    if (await this.goneWithin(KILL_MS)) return;
    const waited = formatDuration(KILL_MS);
    throw new CommandFailure(
      `Cannot stop ${app} ${instance}: process ${pid} is still there ${waited} after SIGKILL`,
      STAYS,
    );
  }

  #drain(params: DrainParams): Promise<DrainResult> {
    return request<DrainResult>(this.#running.address, { method: "drain", params });
  }
}
