// Puts the parts together: heartbeat, gateway thread, runner. What can go wrong with the machine (a read-only disk, a
// path that is taken) costs the app its agent and never its life.
import path from "node:path";
import { runtimeDirectory, socketPath } from "../shared/addresses.ts";
import type { Limits, Readiness } from "../shared/protocol.ts";
import type { ToGateway } from "./gateway/channel.ts";
import { DEFAULT_LIMITS } from "./gateway/limits.ts";
import { GatewayThread } from "./gateway-thread.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { identify, manifestOfProgram } from "./identity.ts";
import { Registry } from "./registry.ts";
import { Runner } from "./runner.ts";
import { Session } from "./session.ts";

/** Options of {@link startAgent}. */
export interface AgentOptions {
  /** The tasks: functions and `task()`s in namespaces, or a function that loads them when they are first needed. */
  tasks: object | (() => object | Promise<object>);
  /** The app's name. Default: REMSH_APP, else package.json's name without its scope. */
  app?: string;
  /** The app's version. Default: REMSH_VERSION, else package.json's. */
  version?: string;
  /** Names this process among the instances of the app. Default: REMSH_INSTANCE, else the pid. */
  instance?: string;
  /** What tasks get as `context`: the database pool, the configuration, … */
  context?: Readonly<Record<string, unknown>>;
  /** Whether the app is ready for traffic: false or a throw means no. Asked by `ping --ready` and `/readyz`. Default: always. */
  ready?: () => unknown;
  /** The socket's path. Default: REMSH_SOCKET, else `<runtime directory>/<app>/<instance>.sock`. */
  socket?: string;
  /** Reject when the agent cannot listen. Default: false; then a warning is emitted and the app goes on without it. */
  required?: boolean;
  /** Limits other than the defaults. */
  limits?: Partial<Limits>;
}

/** A running agent. */
export interface Agent {
  /** The socket's path, or undefined where the agent could not listen. */
  readonly socket: string | undefined;
  /**
   * Refuses new calls, gives runs in flight `graceMs` (default 5000) to end, cancels those that have not, and removes
   * the socket. Calling it again returns the same promise.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** How long runs in flight may take to end by themselves when the agent closes. */
const CLOSE_GRACE_MS = 5000;

let latest: Runner | undefined;

/** The runner of the agent that was started last: `currentRun` asks it. */
export function latestRunner(): Runner | undefined {
  return latest;
}

/**
 * Starts the agent in this process and resolves when it listens.
 *
 * @throws TypeError or RpcError BAD_ARGUMENTS when the options make no sense; with `required` also when it cannot listen.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { env } = process;
  const identity = identify(options, manifestOfProgram(), env);
  const chosen = options.socket ?? env.REMSH_SOCKET;
  const runner = new Runner({
    identity,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    context: Object.freeze({ ...options.context }),
    loadTasks: loader(options.tasks),
  });
  const agent = new RunningAgent(runner, options.ready);
  const socket =
    chosen === undefined ? socketPath(runtimeDirectory(env), identity.app, identity.instance) : path.resolve(chosen);
  await agent.listen(
    { identity, socket, ownsDirectory: chosen === undefined, limits: runner.limits },
    options.required ?? false,
  );
  latest = runner;
  return agent;
}

class RunningAgent implements Agent {
  socket: string | undefined;
  readonly #runner: Runner;
  readonly #ready: (() => unknown) | undefined;
  readonly #heartbeat = startHeartbeat();
  #thread: GatewayThread | undefined;
  #closed: Promise<void> | undefined;

  constructor(runner: Runner, ready: (() => unknown) | undefined) {
    this.#runner = runner;
    this.#ready = ready;
  }

  async listen(
    place: Omit<ConstructorParameters<typeof GatewayThread>[0], "heartbeat">,
    required: boolean,
  ): Promise<void> {
    const thread = new GatewayThread(
      { ...place, heartbeat: this.#heartbeat.memory },
      {
        connected: (channel) => new Session(channel, this.#runner),
        ready: (question) => void this.#answerReady(thread, question),
        trouble: warn,
      },
    );
    try {
      await thread.start();
      this.socket = place.socket;
      this.#thread = thread;
    } catch (error) {
      this.#heartbeat.stop();
      if (required) throw error;
      warn(`The app runs without its agent: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  close({ graceMs = CLOSE_GRACE_MS } = {}): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    this.#thread?.tell({ type: "closing" });
    await this.#runner.drain(graceMs);
    await this.#thread?.close();
    this.#heartbeat.stop();
    this.#runner.close();
  }

  async #answerReady(thread: GatewayThread, question: number): Promise<void> {
    thread.tell({ type: "ready", question, ...(await this.#readiness()) });
  }

  async #readiness(): Promise<Omit<Extract<ToGateway, { type: "ready" }>, "type" | "question">> {
    if (this.#closed) return { ready: "stopping" };
    try {
      const verdict = await this.#ready?.();
      const ready: Readiness = verdict === false ? "not-ready" : "ready";
      return { ready };
    } catch (error) {
      return { ready: "not-ready", reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

function loader(tasks: AgentOptions["tasks"]): () => Registry | Promise<Registry> {
  if (typeof tasks !== "function") {
    const registry = new Registry(tasks);
    return () => registry;
  }
  let loading: Promise<Registry> | undefined;
  return () => {
    // One load for all who ask; one that failed is tried again by the next who asks.
    loading ??= load(tasks as () => object | Promise<object>).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

async function load(tasks: () => object | Promise<object>): Promise<Registry> {
  return new Registry(await tasks());
}

/** Tells the operator, on the app's stderr, through the process's own warnings: they can be filtered and logged. */
function warn(message: string): void {
  process.emitWarning(message, { type: "RemshWarning", code: "REMSH_UNAVAILABLE" });
}
