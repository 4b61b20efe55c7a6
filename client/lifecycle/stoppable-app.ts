// An app that is stopped by a process that has not started it: it can only use the app's agent and its process id.
import { randomBytes } from "node:crypto";
import { formatDuration } from "../../shared/duration.ts";
import { messageOf } from "../../shared/message-of.ts";
import type { DrainResult } from "../../shared/messages/messages.ts";
import type { Params } from "../../shared/messages/methods.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";
import { Deadline } from "../wire/deadline.ts";
import { request } from "../wire/request.ts";
import type { RunningApp } from "./running-app.ts";
import { signalsHeard } from "../processes/signals.ts";
import type { Stoppable } from "./stop-app.ts";

/** After SIGKILL, a process that stays longer than this waits for a disk or a network that does not answer. */
const KILL_MS = 10_000;

/** The app may have ended when the command is tried again. */
const STAYS: ExitCode = 75;

/** If the stop dies or is suspended, the app stays not ready for this long. */
const LEASE_MS = 4000;
const RENEW_EVERY_MS = 1000;

/** What must be known about it. */
type Reached = Pick<RunningApp, "app" | "instance" | "address" | "process" | "answers">;

/** The app, as `stopApp` stops it. */
export class StoppableApp implements Stoppable {
  /** The stage of its stop: `ending` from its first signal on. */
  stage: "running" | "ending" | "gone" = "running";
  readonly #running: Reached;
  readonly #stopped: AbortSignal;
  readonly #answerMs: number;
  readonly #lease = randomBytes(8).toString("hex");
  #renewing: NodeJS.Timeout | undefined;
  /** True if its event loop turns. An app that does not answer can only be ended by the signal. */
  #hears: boolean;

  /**
   * `stopped` ends the stop at any stage; waits then reject with the signal's reason. `answerMs` is how long the app's
   * agent may take to answer.
   */
  constructor(running: Reached, { stopped, answerMs }: { stopped: AbortSignal; answerMs: number }) {
    this.#running = running;
    this.#hears = running.answers;
    this.#stopped = stopped;
    this.#answerMs = answerMs;
  }

  async drain(): Promise<void> {
    // A stuck app cannot be told that it will be stopped, and it serves no traffic in any case.
    if (this.#hears) this.#hears = await this.#renew();
    await signalsHeard();
    this.#stopped.throwIfAborted();
    this.forget(); // an earlier drain's renewal
    if (this.#running.answers) this.#renewing = setInterval(() => void this.#renew(), RENEW_EVERY_MS).unref();
  }

  /** Takes the stop back. Resolves to the reason if the app stays not ready. */
  async takeBack(): Promise<string | undefined> {
    this.forget();
    try {
      const { ready, reason } = await this.#tell("ready", { lease: this.#lease });
      return ready && (reason ?? (ready === "stopping" ? "it is being stopped" : `it is ${ready}`));
    } catch (error) {
      return messageOf(error);
    }
  }

  async endRuns(graceMs: number): Promise<void> {
    const params = { lease: this.#lease, forMs: LEASE_MS, graceMs };
    if (this.#hears) await this.#tell("end", params, { limitMs: 2 * graceMs, signal: this.#stopped }).catch(() => {});
    this.#stopped.throwIfAborted();
  }

  signal(signal: NodeJS.Signals): void {
    this.#running.process.signal(signal);
    this.stage = "ending";
    this.forget();
  }

  /** A suspended process receives a signal only when it resumes. */
  wake(): void {
    if (this.#running.process.state === "suspended") this.#running.process.signal("SIGCONT");
  }

  async goneWithin(ms: number): Promise<boolean> {
    const isGone = await this.#running.process.goneWithin(ms, this.#stopped);
    if (isGone) this.stage = "gone";
    return isGone;
  }

  /** @throws CommandFailure 75 when the process stays even so. */
  async kill(): Promise<void> {
    const { app, instance, process } = this.#running;
    this.signal("SIGKILL");
    if (await this.goneWithin(KILL_MS)) return;
    const waited = formatDuration(KILL_MS);
    throw new CommandFailure(
      `Cannot stop ${app} ${instance}: process ${process.pid} is still there ${waited} after SIGKILL`,
      STAYS,
    );
  }

  /** Stops renewing the lease. */
  forget(): void {
    clearInterval(this.#renewing);
  }

  /** Resolves to whether the app has received it. */
  #renew(): Promise<boolean> {
    const answered = this.#tell("drain", { lease: this.#lease, forMs: LEASE_MS }, { signal: this.#stopped });
    return answered.then(
      () => true,
      () => false,
    );
  }

  #tell<M extends "drain" | "ready" | "end">(
    method: M,
    params: Params<M>,
    { limitMs = this.#answerMs, signal }: { limitMs?: number; signal?: AbortSignal } = {},
  ): Promise<DrainResult> {
    const deadline = new Deadline(limitMs, 0);
    return request(this.#running.address, { method, params, deadline, ...(signal && { signal }) });
  }
}
