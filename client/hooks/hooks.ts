// Runs the hooks of an app's life: those of a phase one after the other, with their environment.
import path from "node:path";
import { reportFailure, UsageError } from "../terminal/failure.ts";
import type { Streams } from "../terminal/streams.ts";
import { checkHook, listHooks, type Hook, type Phase } from "./hook-files.ts";
import { runHook } from "./hook-process.ts";
import { ENV_FILE, HookVariables } from "./hook-variables.ts";
import { projectVariables, type NamedProject, type Project } from "../project/project.ts";
import { signalsHeard } from "../processes/signals.ts";
import { typeScriptOptions } from "../project/typescript.ts";

/** What makes a {@link Hooks}. */
export interface HooksOptions {
  project: NamedProject;
  streams: Streams;
  /** For REMSH_COMMAND, unless a launcher has set it. */
  command: string;
  timeoutMs: number;
  /** Ends the running hook. The phase then fails with the signal's reason, an Error. */
  signal: AbortSignal;
  /** Called with the name of each hook when it begins. */
  begins?: (hook: string) => void;
}

/** Beside the bundle that contains this module: see build.mjs. */
const HOOK_PROGRAM = path.join(__dirname, "hook-program.mjs");
/** The folder with `remsh`. */
const PROGRAMS = path.join(__dirname, "bin");

/** How long each pre_configure hook may take: these run before the settings are read. */
export const FIRST_HOOKS_MS = 300_000;

/** Hooks of these phases run before the app, and may set variables for it. */
const BEFORE: readonly Phase[] = ["pre_configure", "post_configure", "pre_start"];

/** The hooks of one app, for one command. */
export class Hooks {
  /** How long each hook may take. Known only once the settings are read. */
  timeoutMs: number;
  /** What the hooks before the app have set for it, and for the later hooks. */
  readonly variables: HookVariables;
  readonly #project: NamedProject;
  readonly #streams: Streams;
  readonly #command: string;
  readonly #signal: AbortSignal;
  readonly #begins: (hook: string) => void;
  #running: string | undefined;

  constructor({ project, streams, command, timeoutMs, signal, begins = () => {} }: HooksOptions) {
    this.#project = project;
    this.#streams = streams;
    this.#command = command;
    this.timeoutMs = timeoutMs;
    this.#signal = signal;
    this.#begins = begins;
    this.variables = new HookVariables(streams.env);
  }

  /** The name of the running hook. */
  get running(): string | undefined {
    return this.#running;
  }

  /**
   * Runs the hooks of a phase in order, up to the first that fails. `variables` are set for this phase only.
   *
   * @throws CommandFailure with the exit code of the hook that failed; the signal's reason.
   */
  async run(phase: Phase, variables: Record<string, string> = {}): Promise<void> {
    for (const hook of listHooks(this.#project, phase)) {
      this.#signal.throwIfAborted();
      checkHook(hook);
      const file = BEFORE.includes(phase) ? { [ENV_FILE]: this.variables.file() } : {};
      this.#running = hook.name;
      this.#begins(hook.name);
      await runHook(hook, {
        command: this.#commandOf(hook),
        env: { ...this.#environment(hook), ...variables, ...file },
        cwd: this.#project.root,
        timeoutMs: this.timeoutMs,
        output: this.#streams.stderr,
        signal: this.#signal,
      }).finally(() => (this.#running = undefined));
      this.variables.take(hook.name);
      // A signal may have arrived while the hook ended.
      await signalsHeard();
      this.#signal.throwIfAborted();
    }
  }

  /**
   * Runs the hooks of a phase, but only reports a failure: a stop continues in any case. @throws the signal's reason.
   */
  async tryRun(phase: Phase, variables: Record<string, string> = {}): Promise<void> {
    try {
      await this.run(phase, variables);
    } catch (error) {
      this.#signal.throwIfAborted();
      reportFailure(error, this.#streams, false);
    }
  }

  #commandOf({ file, isModule }: Hook): string[] {
    if (!isModule) return [file];
    return [process.execPath, ...typeScriptOptions(this.#project.root, [file], []), HOOK_PROGRAM, file];
  }

  #environment({ name, phase }: Hook): NodeJS.ProcessEnv {
    const env = { ...this.#streams.env, ...this.variables.written };
    return {
      REMSH_COMMAND: this.#command,
      ...env,
      ...projectVariables(this.#project, env),
      REMSH_HOOK: name,
      REMSH_PHASE: phase,
      PATH: pathFor(this.#project, env),
    };
  }
}

/** The PATH of hooks and of the app's own commands: first `remsh`, then the app's launcher. */
export function pathFor({ root }: Pick<Project, "root">, env: Streams["env"]): string {
  return [PROGRAMS, path.join(root, "bin"), env.PATH ?? ""].join(path.delimiter);
}

/**
 * Refuses a command inside a hook of the same app: a hook that starts or stops its app would wait for itself for ever.
 *
 * @throws UsageError when this process was started by a hook of the app.
 */
export function refuseInHook(command: string, { app }: Project, env: Streams["env"]): void {
  if (!env.REMSH_HOOK || env.REMSH_APP !== app) return;
  throw new UsageError(`Cannot ${command} ${app}: this is its own hook "${env.REMSH_HOOK}", which it waits for`);
}
