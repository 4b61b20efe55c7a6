// The app as a child process: started with the agent, told when it is ready and when it will be stopped, listened to.
import { spawn, type ChildProcess } from "node:child_process";
import { realpathSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import { pathToFileURL } from "node:url";
import { lineReader, messageLine, SUPERVISOR_FD, type FromApp, type ToApp } from "../../shared/supervision.ts";
import type { Environment } from "../../shared/addresses.ts";
import { inProject, projectVariables, type Project } from "./project.ts";
import type { Settings } from "./settings.ts";
import { resolve, typeScriptOptions } from "./typescript.ts";

/** What makes an {@link AppProcess}. */
export interface AppOptions {
  project: Project;
  settings: Pick<Settings, "entry" | "nodeArgs">;
  /** The app's own arguments. */
  words: readonly string[];
  env: Environment;
}

/** Where the app's agent listens. */
export interface Listening {
  socket: string;
  instance: string;
}

/** Beside the bundle that this is part of: see build.mjs. */
const OWN_PRELOAD = path.join(__dirname, "register.js");

/** The running app. */
export class AppProcess {
  /** Resolves when its entry has been evaluated and its agent listens; never, where that never happens. */
  readonly started: Promise<Listening>;
  /** Resolves to its exit code when it is gone: 128 and the signal's number, as in a shell, where a signal ended it. */
  readonly gone: Promise<number>;
  readonly #child: ChildProcess;
  readonly #line: Duplex;

  /** @throws CommandFailure 78 when it is TypeScript that nothing here can run. */
  constructor(options: AppOptions) {
    this.#child = spawnApp(options);
    // The fourth of its stdio below, a pipe that goes both ways.
    this.#line = this.#child.stdio[3] as Duplex;
    this.#line.on("error", () => {}); // the app is gone, which `gone` tells
    this.gone = ended(this.#child);
    this.started = begun(this.#line);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  tell(message: ToApp): void {
    if (this.#line.writable) this.#line.write(messageLine(message));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

function spawnApp({ project, settings, words, env }: AppOptions): ChildProcess {
  const { entry, nodeArgs } = settings;
  const { tasks } = { tasks: undefined, ...(project.manifest.remsh as object | undefined) } as { tasks: unknown };
  const files = typeof tasks === "string" ? [entry, inProject(project, tasks)] : [entry];
  // The agent's preload comes last: see agent/supervision.ts.
  const options = [...nodeArgs, ...typeScriptOptions(project.root, files), "--import", preloadFor(project)];
  return spawn(process.execPath, [...options, entry, ...words], {
    env: { ...env, ...projectVariables(project, env), [SUPERVISOR_FD]: "3" },
    // In a group of its own: Ctrl-C in the terminal is ours to pass on, once.
    detached: true,
    stdio: ["inherit", "inherit", "inherit", "pipe"],
  });
}

/** The preload of the remsh that the app itself imports, so that both are one; ours where it imports none. */
function preloadFor({ root }: Project): string {
  return pathToFileURL(realpathSync(resolve("remsh/register", root) ?? OWN_PRELOAD)).href;
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? "SIGKILL"]));
  });
}

function begun(line: Duplex): Promise<Listening> {
  return new Promise((resolve) => {
    let listening: Listening | undefined;
    let loaded = false;
    const hear = (text: string) => {
      // Written by the agent of this very version.
      const message = JSON.parse(text) as FromApp;
      if (message.type === "loaded") loaded = true;
      if (message.type === "listening") listening = message;
      if (loaded && listening) resolve(listening);
    };
    line.setEncoding("utf8").on("data", lineReader(hear));
  });
}
