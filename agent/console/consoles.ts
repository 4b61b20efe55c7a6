// The consoles of one agent. Made when the first console is opened, so that an app without one pays nothing.
import os from "node:os";
import type { ConsoleOpenParams, ConsoleOpenResult } from "../../shared/messages/console-messages.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { startedApp } from "../instance/started-app.ts";
import type { Run } from "../runs/run.ts";
import type { Runner } from "../runs/runner.ts";
import { parser } from "../tasks/parser.ts";
import { reasonOf } from "../tasks/thrown.ts";
import { Awaits } from "./awaits.ts";
import { appModules, type AppModules } from "./app-modules.ts";
import { Console, type Shared } from "./console.ts";
import type { ConsoleOutput } from "./console-output.ts";
import { ConsoleEngine } from "./console-engine.ts";
import { ScopedGlobals } from "./globals.ts";
import { readStartFile } from "./start-file.ts";
import { taskNamespaces } from "./task-namespaces.ts";
import type { Turn } from "./turn.ts";

/** The names in scope in every console, besides the tasks. */
const OWN_NAMES = ["context", "require", "_", "_error"];

interface ConsolesParts {
  /** The app's folder. */
  root: string;
  runner: Runner;
  modules: AppModules;
  engine: ConsoleEngine;
  owners: WeakMap<Run, Console>;
  /** The console whose code is executing, if any. */
  current: () => Console | undefined;
}

/** All consoles of one agent. */
export class Consoles {
  readonly #shared: Shared;
  readonly #globals: ScopedGlobals;
  readonly #modules: AppModules;
  readonly #root: string;

  private constructor({ root, runner, modules, engine, owners, current }: ConsolesParts) {
    this.#root = root;
    this.#modules = modules;
    this.#globals = new ScopedGlobals(current);
    this.#shared = {
      runner,
      engine,
      owners,
      isGlobal: (name) => this.#globals.isGlobal(name),
      claim: (names) => this.#globals.claim(names),
    };
  }

  /** Opens what consoles need, once for an agent. */
  static async start(runner: Runner): Promise<Consoles> {
    parser(); // without the parser no console can open
    const root = startedApp().manifest?.root ?? process.cwd();
    const modules = appModules(root);
    const owners = new WeakMap<Run, Console>();
    const current = () => (runner.current ? owners.get(runner.current) : undefined);
    const engine = await ConsoleEngine.open({ import: modules.import, awaits: new Awaits(current) });
    return new Consoles({ root, runner, modules, engine, owners, current });
  }

  /** Opens a console that prints to this output. `turn` tracks its part of each turn of the event loop. */
  async open(
    { console: id, startFile }: ConsoleOpenParams & { console: string },
    connected: { output: ConsoleOutput; turn: Turn },
  ): Promise<{ console: Console; result: ConsoleOpenResult }> {
    const opened = new Console({ id, ...connected, shared: this.#shared });
    const { tasks, described, missing } = await this.#tasks(opened);
    const values = new Map([
      ["context", this.#shared.runner.context],
      ["require", this.#modules.require],
      ["_", undefined],
      ["_error", undefined],
      ...tasks,
    ]);
    const taken = this.#globals.install([...values.keys()]);
    opened.tasks = described.filter((name) => !taken.includes(name.split(".")[0] ?? name));
    for (const [name, value] of values) if (!taken.includes(name)) opened.values.set(name, value);
    const names = [...OWN_NAMES, ...tasks.keys()].filter((name) => !taken.includes(name));
    const start = startFile === true ? await readStartFile(this.#root) : undefined;
    const scope = { names, missing: [...missing, ...taken], ...defined({ startFile: start }) };
    return { console: opened, result: { console: id, ...this.#about(), ...scope } };
  }

  /** Removes the names, and closes the inspector session. */
  close(): void {
    this.#globals.remove();
    this.#shared.engine.close();
  }

  /** The tasks as they are in scope, and their full names. */
  async #tasks(console: Console): Promise<{ tasks: Map<string, unknown>; described: string[]; missing: string[] }> {
    try {
      const { tasks } = await this.#shared.runner.describe();
      const names = tasks.map(({ name }) => name);
      const scope = taskNamespaces(names, (task, args) => console.call(task, args));
      return { tasks: scope, described: names, missing: [] };
    } catch (error) {
      // A console must open even here: it is needed most when something is broken.
      return { tasks: new Map(), described: [], missing: [`the tasks (${reasonOf(error)})`] };
    }
  }

  #about(): Omit<ConsoleOpenResult, "console" | "names" | "missing"> {
    const { app, version, instance, pid } = this.#shared.runner.identity;
    return {
      app,
      version,
      instance,
      pid,
      host: os.hostname(),
      uptimeMs: Math.round(process.uptime() * 1000),
      production: process.env.NODE_ENV === "production",
      role: "admin",
    };
  }
}
