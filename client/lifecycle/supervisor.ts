// Supervises the running app: runs the post_start hooks when it is up, and calls it ready when they have succeeded.
// Stops it when they fail or when a signal asks for it.
import { within } from "../../shared/within.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";
import type { Streams } from "../terminal/streams.ts";
import type { Announce } from "./announce-start.ts";
import type { Failed, Listening } from "./app-process.ts";
import type { Phase } from "../hooks/hook-files.ts";
import { giveBack } from "../processes/lock-holder.ts";
import { runPhase, type RunningPhase } from "./phase-process.ts";
import type { SignalTarget } from "../processes/signals.ts";
import { stopApp, type Stoppable } from "./stop-app.ts";
import type { SupervisionPlan } from "./supervision-plan.ts";
import type * as SupervisorStop from "./supervisor-stop.ts";
import { writeRecord, type SupervisionRecord } from "./supervision-record.ts";

declare function require(bundle: "./supervisor-stop.cjs"): typeof SupervisorStop;

/** The app, as its supervisor sees it. */
export interface SupervisedProcess extends Stoppable {
  readonly pid: number;
  /** Resolves when its entry has been evaluated; `isUp` if its post_start hooks have run, too. It may never resolve. */
  readonly started: Promise<(Listening & { isUp?: boolean }) | Failed>;
  /** Resolves when it is ready, apart from its hooks. It may never resolve. */
  readonly serving: Promise<void>;
  /** What it waits for until then; undefined if that is not known. */
  readonly waitsFor?: string | undefined;
  /** Resolves to the exit code when it is gone. */
  readonly gone: Promise<number>;
  /** The app is not ready before this hook has succeeded. */
  callHook?(name: string): void;
  /** From now on the app itself decides whether it is ready. */
  callReady(): void | Promise<void>;
}

/** What makes a {@link Supervisor}. */
export interface SupervisorOptions {
  plan: SupervisionPlan;
  streams: Streams;
  announce: Announce;
  /** The app's record, as it is now. */
  record: SupervisionRecord;
}

/** A setting, or the directory of its socket, must be fixed. */
const NO_AGENT: ExitCode = 78;

/** Another instance of the same name started first. This one can be started when that has ended. */
const TAKEN: ExitCode = 75;

/** After this time, a message on stderr says what the start waits for. */
const SILENT_MS = 15_000;

/** A killed post_start hook is gone at once. If it is not, the stop waits no longer than this. */
const STARTING_ENDS_MS = 1000;

/** The supervisor of one app. */
export class Supervisor implements SignalTarget {
  readonly #app: SupervisedProcess;
  readonly #options: SupervisorOptions;
  /** The running post_start hooks. Not an AbortController, which would cost this process a quarter of a MiB. */
  #starting: RunningPhase | undefined;
  /** The app has ended, or is being stopped. */
  #over = false;
  #variables: Record<string, string>;
  #stopping: Promise<unknown> | undefined;
  #failure: number | undefined;
  /** The hook that runs, or ran last. */
  #hook: string | undefined;

  constructor(app: SupervisedProcess, options: SupervisorOptions) {
    this.#app = app;
    this.#options = options;
    this.#variables = { REMSH_PID: String(app.pid) };
  }

  /** Resolves to the exit code: the app's, or that of the hook that caused the stop. */
  async ended(): Promise<number> {
    const bringing = this.#bringUp();
    // If the app cannot be started, both reject; `gone` reports it, once.
    bringing.catch(() => {});
    const code = await this.#app.gone;
    this.#giveUpStarting();
    await bringing;
    await this.#stopping;
    this.#options.announce.ended();
    return this.#failure ?? code;
  }

  stop(signal: NodeJS.Signals): void {
    this.#giveUpStarting();
    this.#stopping ??= this.#stop(signal);
  }

  pass(signal: NodeJS.Signals): void {
    this.#app.signal(signal);
  }

  async #bringUp(): Promise<void> {
    const { streams } = this.#options;
    const silent = setTimeout(() => streams.stderr.write(this.#silence()), SILENT_MS);
    await this.#becomeReady().finally(() => clearTimeout(silent));
  }

  async #becomeReady(): Promise<void> {
    const { announce, plan, streams } = this.#options;
    const gone = this.#app.gone.then(() => undefined);
    const listening = await Promise.race([this.#app.started, gone]);
    if (!listening || this.#over) return;
    if ("failed" in listening) {
      streams.stderr.write(`${plan.app} cannot have its agent, and is stopped: ${listening.failed}\n`);
      return this.#fail(listening.isTaken ? TAKEN : NO_AGENT);
    }
    this.#variables = { ...this.#variables, ...variablesOf(listening) };
    const record = { ...this.#options.record, ...placeOf(listening) };
    writeRecord(plan.record, { ...record, isUp: listening.isUp });
    if (!listening.isUp) {
      if (!(await this.#makeReady())) return;
      writeRecord(plan.record, { ...record, isUp: true });
    }
    await Promise.race([this.#app.serving, gone]);
    if (this.#over) return;
    giveBack(plan.lock);
    announce.ready({ ...placeOf(listening), pid: this.#app.pid });
  }

  /** Runs the post_start hooks, and calls the app ready; false if it cannot. */
  async #makeReady(): Promise<boolean> {
    this.#starting = this.#run("post_start");
    const exitCode = await this.#starting.ended;
    this.#hook = undefined;
    if (this.#over) return false;
    if (exitCode !== 0 && this.#options.plan.onFailure === "stop") {
      this.#fail(exitCode);
      return false;
    }
    await this.#app.callReady();
    return !this.#over;
  }

  /** The app cannot be called ready, so it is stopped; this is the exit code. */
  #fail(exitCode: number): void {
    this.#failure = exitCode;
    this.stop("SIGTERM");
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const { announce, plan, streams } = this.#options;
    announce.stopping();
    // The pre_stop hooks must not run beside the abandoned post_start hook.
    if (this.#starting) await within(STARTING_ENDS_MS, this.#starting.ended);
    // A hook that fails has been reported, and does not keep the app alive.
    const runHooks = (phase: Phase) => this.#run(phase).ended;
    const tell = (sentence: string) => streams.stderr.write(`${plan.app} ${sentence}\n`);
    // Even while another stop is at work: if that is interrupted, this one continues.
    await this.#app.drain();
    const stop = () => stopApp(this.#app, { runHooks, tell, signal, timeoutMs: plan.stopTimeoutMs });
    const late = loadStop();
    if (late) await late.stopOnce(new late.KnownProcess(this.#app.pid), { env: streams.env, tell }, stop);
    else await stop();
  }

  #giveUpStarting(): void {
    this.#over = true;
    this.#starting?.end();
  }

  #run(phase: Phase): RunningPhase {
    const { plan, streams } = this.#options;
    const begins = (hook: string) => {
      this.#hook = hook;
      this.#app.callHook?.(hook);
    };
    return runPhase({ phase, plan, streams, variables: this.#variables, begins });
  }

  #silence(): string {
    const { waitsFor = "nothing is known of it yet" } = this.#app;
    const reason = this.#starting && this.#hook !== undefined ? `it waits for its hook ${this.#hook}` : waitsFor;
    return `${this.#options.plan.app} is still starting: ${reason}\n`;
  }
}

/**
 * Loads the code when it is needed, because this process waits without it. Undefined if the file was removed meanwhile,
 * as by `npm ci`.
 */
function loadStop(): typeof SupervisorStop | undefined {
  try {
    return require("./supervisor-stop.cjs");
  } catch {
    return undefined; // the app is then stopped without a lock
  }
}

function placeOf({ socket, instance }: Listening): Listening {
  return { socket, instance };
}

function variablesOf({ socket, instance }: Listening): Record<string, string> {
  return { REMSH_SOCKET: socket, REMSH_INSTANCE: instance };
}
