// Stands beside the running app: runs the post_start hooks when it is up, calls it ready when they have succeeded, stops it
// when they have not or when a signal says so.
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
import { markOf, writeRecord } from "./supervision-record.ts";

/** The app, as its supervisor sees it. */
export interface SupervisedProcess extends Stoppable {
  readonly pid: number;
  /** Resolves when its entry has been evaluated; `isUp` where its post_start hooks have run, too. Never, where that never happens. */
  readonly started: Promise<(Listening & { isUp?: boolean }) | Failed>;
  /** Resolves to the exit code when it is gone. */
  readonly gone: Promise<number>;
  /** From now on its own word decides whether it is ready. */
  callReady(): void | Promise<void>;
}

/** What makes a {@link Supervisor}. */
export interface SupervisorOptions {
  plan: SupervisionPlan;
  streams: Streams;
  announce: Announce;
}

/** Its settings, or the directory of its socket, are to be mended. */
const NO_AGENT: ExitCode = 78;

/** An instance of the same name has been quicker: it may be started once that has ended. */
const TAKEN: ExitCode = 75;

/** The app does not say when it cannot have an agent: this is how long it may take before a person is told. */
const SILENT_MS = 15_000;

/** A post_start hook that is killed is gone at once; a stop does not wait longer for what should not happen. */
const STARTING_ENDS_MS = 1000;

/** The supervisor of one app. */
export class Supervisor implements SignalTarget {
  readonly #app: SupervisedProcess;
  readonly #options: SupervisorOptions;
  /** The post_start hooks, while they run. Not an AbortController, which would cost this process a quarter of a MiB. */
  #starting: RunningPhase | undefined;
  /** The app has ended, or is to be stopped. */
  #over = false;
  #variables: Record<string, string>;
  #stopping: Promise<unknown> | undefined;
  #failure: number | undefined;

  constructor(app: SupervisedProcess, options: SupervisorOptions) {
    this.#app = app;
    this.#options = options;
    this.#variables = { REMSH_PID: String(app.pid) };
  }

  /** Resolves to the exit code: the app's, or that of the hook because of which the app was stopped. */
  async ended(): Promise<number> {
    const bringing = this.#bringUp();
    // That the app cannot be started fails both, and is told once, by `gone`.
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
    const { announce, plan, streams } = this.#options;
    const silent = setTimeout(() => streams.stderr.write(silence(plan)), SILENT_MS);
    const gone = this.#app.gone.then(() => undefined);
    const listening = await Promise.race([this.#app.started, gone]).finally(() => clearTimeout(silent));
    if (!listening || this.#over) return;
    if ("failed" in listening) {
      streams.stderr.write(`${plan.app} cannot have its agent, and is stopped: ${listening.failed}\n`);
      return this.#fail(listening.isTaken ? TAKEN : NO_AGENT);
    }
    this.#variables = { ...this.#variables, ...variablesOf(listening) };
    writeRecord(plan.record, { supervisor: markOf(process.pid), app: markOf(this.#app.pid), ...placeOf(listening) });
    if (!listening.isUp && !(await this.#makeReady())) return;
    giveBack(plan.lock);
    announce.ready({ ...placeOf(listening), pid: this.#app.pid });
  }

  /** Runs the post_start hooks, and calls the app ready: false where it is not. */
  async #makeReady(): Promise<boolean> {
    this.#starting = this.#run("post_start");
    const exitCode = await this.#starting.ended;
    if (this.#over) return false;
    if (exitCode !== 0 && this.#options.plan.onFailure === "stop") {
      this.#fail(exitCode);
      return false;
    }
    await this.#app.callReady();
    return !this.#over;
  }

  /** The app cannot be called ready, and is stopped; this is the exit code. */
  #fail(exitCode: number): void {
    this.#failure = exitCode;
    this.stop("SIGTERM");
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const { announce, plan, streams } = this.#options;
    announce.stopping();
    // The pre_stop hooks do not run beside the post_start hook that was given up.
    if (this.#starting) await within(STARTING_ENDS_MS, this.#starting.ended);
    // One that fails has been told, and does not keep the app alive.
    const runHooks = (phase: Phase) => this.#run(phase).ended;
    const tell = (sentence: string) => streams.stderr.write(`${plan.app} ${sentence}\n`);
    // Also while another one stops it: if that is interrupted, this one goes on.
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
    return runPhase({ phase, plan, streams, variables: this.#variables });
  }
}

/** Loaded when it is needed: this process waits without it. Undefined where it was removed meanwhile, as by `npm ci`. */
function loadStop(): typeof SupervisorStop | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- at once, and only here
    return require("./supervisor-stop.cjs") as typeof SupervisorStop;
  } catch {
    return undefined; // then the app is stopped all the same, without a lock
  }
}

function placeOf({ socket, instance }: Listening): Listening {
  return { socket, instance };
}

function variablesOf({ socket, instance }: Listening): Record<string, string> {
  return { REMSH_SOCKET: socket, REMSH_INSTANCE: instance };
}

function silence({ app }: SupervisionPlan): string {
  return `${app} is still starting: it is ready when its entry has loaded and its agent answers (name "tasks" in package.json's "remsh", or call startAgent)\n`;
}
