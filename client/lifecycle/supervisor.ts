// Stands beside the running app: runs the post_start hooks when it is up, calls it ready when they have succeeded, stops it
// when they have not or when a signal says so.
import { CommandFailure } from "../cli/command-failure.ts";
import type { Streams } from "../cli/streams.ts";
import type { Announce } from "./announce.ts";
import type { AppProcess, Listening } from "./app-process.ts";
import { Hooks } from "./hooks.ts";
import type { Project } from "./project.ts";
import type { Settings } from "./settings.ts";
import type { SignalTarget } from "./signals.ts";
import { stopApp } from "./stop-app.ts";

/** What makes a {@link Supervisor}. */
export interface SupervisorOptions {
  project: Project;
  settings: Settings;
  streams: Streams;
  announce: Announce;
}

/** The app does not say when it cannot have an agent: this is how long it may take before a person is told. */
const SILENT_MS = 15_000;

/** The supervisor of one app. */
export class Supervisor implements SignalTarget {
  readonly #app: AppProcess;
  readonly #options: SupervisorOptions;
  /** Ends the post_start hook that runs when the app ends or is to be stopped. */
  readonly #over = new AbortController();
  #variables: Record<string, string>;
  #stopping: Promise<unknown> | undefined;
  #failure: CommandFailure | undefined;

  constructor(app: AppProcess, options: SupervisorOptions) {
    this.#app = app;
    this.#options = options;
    this.#variables = { REMSH_PID: String(app.pid) };
  }

  /** Resolves to the exit code: the app's, or that of the hook because of which the app was stopped. */
  async ended(): Promise<number> {
    const bringing = this.#bringUp();
    const code = await this.#app.gone;
    this.#over.abort(OVER);
    await bringing;
    await this.#stopping;
    if (!this.#failure) return code;
    throw this.#failure;
  }

  stop(signal: NodeJS.Signals): void {
    this.#over.abort(OVER);
    this.#stopping ??= this.#stop(signal);
  }

  pass(signal: NodeJS.Signals): void {
    this.#app.signal(signal);
  }

  async #bringUp(): Promise<void> {
    const { announce, project, streams } = this.#options;
    const silent = setTimeout(() => streams.stderr.write(silence(project)), SILENT_MS);
    const listening = await Promise.race([this.#app.started, this.#app.gone.then(() => undefined)]);
    clearTimeout(silent);
    if (!listening || this.#stopping) return;
    this.#variables = { ...this.#variables, ...variablesOf(listening) };
    if (!(await this.#runPostStart())) return;
    this.#app.tell({ type: "ready" });
    announce.ready();
  }

  /** True when the app may be called ready. */
  async #runPostStart(): Promise<boolean> {
    const { settings, streams } = this.#options;
    try {
      await this.#hooks(this.#over.signal).run("post_start", this.#variables);
      return true;
    } catch (error) {
      if (error === OVER) return false;
      if (!(error instanceof CommandFailure)) throw error;
      if (settings.onFailure === "warn") {
        streams.stderr.write(`${error.message}\n`);
        return true;
      }
      this.#failure = error;
      this.stop("SIGTERM");
      return false;
    }
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const { announce, project, settings, streams } = this.#options;
    announce.stopping();
    const app = {
      drain: () => this.#app.tell({ type: "stopping" }),
      signal: (each: NodeJS.Signals) => this.#app.signal(each),
      gone: this.#app.gone,
    };
    const hooks = this.#hooks(new AbortController().signal);
    const killed = await stopApp(app, { hooks, variables: this.#variables, signal, timeoutMs: settings.stopTimeoutMs });
    if (killed) streams.stderr.write(`${project.app} did not end in time, and was killed\n`);
  }

  #hooks(signal: AbortSignal): Hooks {
    const { project, settings, streams } = this.#options;
    return new Hooks({ project, streams, command: "start", timeoutMs: settings.hookTimeoutMs, signal });
  }
}

/** Why a hook is ended that nobody needs any more: never told. */
const OVER = new Error("the app ends");

function variablesOf({ socket, instance }: Listening): Record<string, string> {
  return { REMSH_SOCKET: socket, REMSH_INSTANCE: instance };
}

function silence({ app }: Project): string {
  return `${app} is still starting: it is ready when its entry has loaded and its agent answers (name "tasks" in package.json's "remsh", or call startAgent)\n`;
}
