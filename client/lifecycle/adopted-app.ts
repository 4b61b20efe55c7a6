// An app whose supervisor was killed, seen by the supervisor that takes it over. The app is not a child of this
// process: the agent reports its progress and the system whether it still runs, but its exit code is not known.
import { setTimeout as sleep } from "node:timers/promises";
import { START_LOST } from "../../shared/supervision.ts";
import { endsWithin } from "../../shared/within.ts";
import type { Address } from "../wire/address.ts";
import { probe } from "../wire/probe.ts";
import { Deadline } from "../wire/deadline.ts";
import { request } from "../wire/request.ts";
import type { Listening } from "./app-process.ts";
import { KnownProcess } from "../processes/known-process.ts";
import { StoppableApp } from "./stoppable-app.ts";
import type { Adoption } from "./supervision-plan.ts";

const LOOK_EVERY_MS = 100;

/** An event loop that turns answers within this time. If it does not answer, it is asked again. */
const ANSWER_MS = 1000;

const STOPPED = 0;
const KILLED = 137;
/**
 * The app has ended, by itself or by another command, and its exit code is not known. The code is a failure, so that a
 * process manager starts it again.
 */
const LOST = 69;

/** The app that is taken over. */
export class AdoptedApp {
  /** Resolves when its entry has been evaluated. `isUp` means that its post_start hooks have run, too. */
  readonly started: Promise<Listening & { isUp: boolean }>;
  /** Resolves when it is ready, or was: an app that was ready before has been started. */
  readonly serving: Promise<void>;
  /** Resolves when it is gone: to 0 or 137 if this process has stopped it, otherwise to 69. */
  readonly gone: Promise<number>;
  readonly #process: KnownProcess;
  readonly #isAnother: boolean;
  readonly #address: Address;
  readonly #stoppable: StoppableApp;
  readonly #tell: (sentence: string) => void;
  #end = LOST;
  #isGone = false;

  /** `tell` reports something about the app: the words that follow its name. */
  constructor(app: string, { pid, start, instance, socket, isUp }: Adoption, tell: (sentence: string) => void) {
    this.#process = new KnownProcess(pid);
    this.#isAnother = this.#process.start !== start;
    this.#address = { socket, label: `${app} ${instance}` };
    const running = { app, instance, address: this.#address, process: this.#process, answers: true };
    this.#stoppable = new StoppableApp(running, { stopped: new AbortController().signal, answerMs: ANSWER_MS });
    this.#tell = tell;
    this.gone = this.#ended();
    this.started = this.#begun({ socket, instance }, isUp);
    this.serving = this.started.then(({ isUp: wasUp }) => (wasUp ? undefined : this.#served()));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /**
   * From now on the app itself decides whether it is ready. Resolves when it has received that, is gone or is being
   * stopped: this message ends every drain, so a stopping app would take calls again.
   */
  async callReady(): Promise<void> {
    while (!this.#isGone && this.#end === LOST) {
      const asked = request(this.#address, { method: "ready", params: {}, deadline: new Deadline(ANSWER_MS, 0) });
      const isHeard = await asked.then(
        () => true,
        () => false,
      );
      if (isHeard) return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  drain(): Promise<void> {
    this.#end = STOPPED;
    return this.#stoppable.drain();
  }

  endRuns(graceMs: number): Promise<void> {
    return this.#stoppable.endRuns(graceMs);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#isAnother) this.#process.signal(signal);
  }

  wake(): void {
    if (this.#process.state === "suspended") this.signal("SIGCONT");
  }

  goneWithin(ms: number): Promise<boolean> {
    return endsWithin(ms, this.gone);
  }

  kill(): Promise<number> {
    this.#end = KILLED;
    this.signal("SIGKILL");
    return this.gone;
  }

  /** `wasUp` if its supervisor had called it ready. */
  async #begun(listening: Listening, wasUp: boolean): Promise<Listening & { isUp: boolean }> {
    for (;;) {
      const { ready, reason } = (await this.#look()) ?? {};
      if (ready === "ready" || (ready !== undefined && wasUp)) return { ...listening, isUp: true };
      // While the entry is being evaluated, the reason is another one. Other answers, such as that of a drain, hide
      // whether the app is starting.
      if (ready === "starting" && reason === START_LOST) return { ...listening, isUp: false };
      if (this.#isGone) return new Promise(() => {}); // `gone` reports it
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #served(): Promise<void> {
    while (!this.#isGone) {
      const { ready = "starting" } = (await this.#look()) ?? {};
      if (ready !== "starting") return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Undefined if it does not answer now. */
  async #look(): Promise<{ ready?: string; reason?: string } | undefined> {
    try {
      const answer = await probe(this.#address, "/readyz", new Deadline(ANSWER_MS, 0));
      return answer.status === "stalled" ? undefined : answer;
    } catch {
      return undefined;
    }
  }

  async #ended(): Promise<number> {
    const isOver = () => this.#isAnother || this.#process.state === "gone" || this.#process.state === "ended";
    while (!isOver()) await sleep(LOOK_EVERY_MS);
    this.#isGone = true;
    this.#stoppable.forget();
    if (this.#end === LOST) this.#tell("has ended, with which exit code is not known: another process had started it");
    return this.#end;
  }
}
