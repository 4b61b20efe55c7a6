// Assembles a running agent from heartbeat, gateway thread and runner, and shuts the parts down in the right order.
import { isDeepStrictEqual } from "node:util";
import { defined } from "../shared/messages/protocol.ts";
import type { DescribeResult } from "../shared/messages/messages.ts";
import type { GatewayData, HealthAddress } from "./border/channel.ts";
import { runners } from "./runs/current-run.ts";
import { entryLoaded } from "./lifecycle/entry-loaded.ts";
import { GatewayThread } from "./gateway-thread.ts";
import { startHeartbeat } from "./instance/heartbeat.ts";
import { folderOf } from "./instance/identity.ts";
import { startedApp } from "./instance/started-app.ts";
import { LazyConsoles, loadConsolesSoon } from "./load-consoles.ts";
import { reserve } from "./one-agent.ts";
import { Readiness, type Ready } from "./lifecycle/readiness.ts";
import { StartupReport } from "./lifecycle/startup-report.ts";
import { Runner, type RunnerOptions } from "./runs/runner.ts";
import { Session } from "./runs/session.ts";
import { takePart, toldToEnd } from "./lifecycle/departure.ts";
import { watchEndSignals } from "./lifecycle/end-signals.ts";
import type { Verdict } from "./lifecycle/ready-rule.ts";
import { standingVerdict } from "./lifecycle/lifecycle-requests.ts";
import { isSupervised, tellSupervisor } from "./lifecycle/supervision.ts";
import { reasonOf } from "./tasks/thrown.ts";
import { warn } from "./instance/warn.ts";

/** A running agent. */
export interface Agent {
  /** The socket's path, or undefined when the agent cannot run. */
  readonly socket: string | undefined;
  /**
   * Refuses new calls, gives runs in flight `graceMs` (default 5000) to end, cancels the remaining runs, and removes
   * the socket. Calling it again returns the same promise.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** The options of {@link RunningAgent}. */
export interface RunningAgentOptions extends RunnerOptions {
  place: Pick<GatewayData, "socket" | "ownsDirectory">;
  ready: Ready;
  health: HealthAddress | undefined;
  /** Load the tasks as soon as the app's entry has been loaded. */
  preload: boolean;
}

/** How long runs in flight may take to end without a cancel when the agent closes. */
const CLOSE_GRACE_MS = 5000;

/** The agent of this process. */
export class RunningAgent implements Agent {
  readonly socket: string;
  readonly #runner: Runner;
  readonly #consoles: LazyConsoles;
  #readiness: Readiness;
  #preload: boolean;
  readonly #options: RunningAgentOptions;
  readonly #heartbeat = startHeartbeat();
  readonly #thread: GatewayThread;
  #closed: Promise<void> | undefined;
  readonly #current = () => this.#runner.current?.context;
  #release = () => {};
  #leaveDeparture = () => {};
  #unwatchSignals = () => {};
  #loadNothing = () => {};
  #report: StartupReport | undefined;

  constructor(whole: RunningAgentOptions) {
    const { place, ready, health, preload, ...options } = whole;
    this.#options = whole;
    this.socket = place.socket;
    this.#runner = new Runner({ ...options, described: (result) => this.#tellTasks(result) });
    this.#consoles = new LazyConsoles(this.#runner);
    this.#readiness = new Readiness(ready, { healthPort: health?.port });
    this.#preload = preload;
    const { identity, limits } = options;
    this.#thread = new GatewayThread(
      {
        ...place,
        identity,
        folder: folderOf(startedApp()),
        limits,
        health,
        heartbeat: this.#heartbeat.memory,
      },
      {
        connected: (channel) => new Session(channel, { runner: this.#runner, openConsoles: this.#consoles.open }),
        ready: (question) => void this.#answerReady(question),
        trouble: warn,
      },
    );
  }

  /** @throws RpcError when it cannot listen; then nothing is left running. */
  async listen(): Promise<this> {
    try {
      this.#release = reserve(this.socket);
      await this.#thread.start();
    } catch (error) {
      this.#heartbeat.stop();
      this.#release();
      throw error;
    }
    runners.add(this.#current);
    this.#leaveDeparture = takePart({ end: (graceMs) => this.#endRuns(graceMs), stay: () => this.#stay() });
    this.#watchSignals();
    this.#loadNothing = loadConsolesSoon();
    void this.#preloadTasks();
    const { instance } = this.#options.identity;
    tellSupervisor({ type: "listening", socket: this.socket, instance, saysServing: true });
    if (isSupervised()) this.#report = new StartupReport(() => this.#readiness);
    return this;
  }

  /** Switches to other tasks, another context and another readiness check. False when anything else would change. */
  adopt(wanted: RunningAgentOptions): boolean {
    if (this.#closed || !isDeepStrictEqual(placement(wanted), placement(this.#options))) return false;
    this.#runner.adopt(wanted);
    this.#readiness = new Readiness(wanted.ready, { healthPort: wanted.health?.port });
    this.#report?.watch();
    this.#preload = wanted.preload;
    void this.#preloadTasks();
    return true;
  }

  close({ graceMs = CLOSE_GRACE_MS } = {}): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #preloadTasks(): Promise<void> {
    if (!this.#preload) return;
    await entryLoaded().catch(() => {}); // Node itself reports an entry that fails
    // Meanwhile the app may have taken the agent over with its own tasks.
    if (!this.#preload || this.#closed) return;
    await this.#runner.describe().catch((error: unknown) => warn(`${reasonOf(error)} (the next call tries again)`));
  }

  #watchSignals(): void {
    this.#unwatchSignals();
    this.#unwatchSignals = watchEndSignals(toldToEnd);
  }

  #stay(): void {
    this.#runner.runs.reopen();
    this.#watchSignals();
  }

  /**
   * Ends all runs before the app ends, so that their callers get answers. `ping` and probes are still answered
   * meanwhile.
   */
  async #endRuns(graceMs: number): Promise<void> {
    if (this.#closed) return;
    await this.#runner.runs.drain(graceMs);
    void this.#answerLast();
  }

  async #answerLast(): Promise<void> {
    // Waits for the runs that ignored their signal.
    await this.#runner.runs.idle();
    // One turn later, the answers of runs that ended in this very moment have been posted.
    await new Promise((resolve) => setImmediate(resolve));
    await this.#thread.flush();
  }

  async #close(graceMs: number): Promise<void> {
    this.#loadNothing();
    this.#report?.end();
    this.#leaveDeparture();
    this.#unwatchSignals();
    this.#thread.tell({ type: "closing" });
    await this.#runner.runs.drain(graceMs);
    await this.#thread.close();
    this.#release();
    this.#heartbeat.stop();
    this.#runner.close();
    this.#consoles.close();
    runners.delete(this.#current);
  }

  #tellTasks(result: DescribeResult | undefined): void {
    const names = result?.tasks.map(({ name }) => name) ?? [];
    this.#thread.tell({ type: "tasks", described: result && JSON.stringify(result), names });
  }

  async #answerReady(question: number): Promise<void> {
    const standing = this.#closed ? { ready: "stopping" as const } : standingVerdict();
    const { when } = this.#readiness;
    const verdict = await this.#verdict(standing);
    this.#thread.tell({ type: "ready", question, ...verdict, when });
  }

  /** The app's own verdict; while `remsh start` says that it is starting, only the reason. */
  async #verdict(standing: Verdict | undefined): Promise<Verdict> {
    if (standing && (standing.ready !== "starting" || standing.reason !== undefined)) return standing;
    const own = await this.#readiness.verdict();
    if (!standing) return own;
    return { ready: "starting", ...defined({ reason: own.reason }) };
  }
}

/** The parts of an agent that cannot change once it listens. */
function placement({ identity, place, limits, health }: RunningAgentOptions): object {
  const { app, version, instance } = identity;
  return { app, version, instance, place, limits, health };
}
