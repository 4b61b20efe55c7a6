// The app as a child process: starts it with the agent, tells it when it is ready and when it will be stopped, and
// reads its messages.
import { spawn, type ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import type { Environment } from "../../shared/addresses.ts";
import { processFields } from "../../shared/process-start.ts";
import {
  lineForChildren,
  lineReader,
  messageLine,
  readFromApp,
  type FromApp,
  SUPERVISOR_FD,
  type ToApp,
} from "../../shared/supervision.ts";
import { endsWithin } from "../../shared/within.ts";
import { childLine } from "../processes/child-line.ts";
import { signalExitCode } from "../../shared/signal-exit-code.ts";
import { closeDescriptors, descriptorsOf, descriptorVariables } from "./given-descriptors.ts";
import type { Stoppable } from "./stop-app.ts";
import type { SupervisionPlan } from "./supervision-plan.ts";

/** If the event loop turns, the app has received within this time that its runs must end. */
const HEARD_WITHIN_MS = 1000;

/** Where the app's agent listens. */
export interface Listening {
  socket: string;
  instance: string;
}

/** The app has no agent, so it can never be known to be ready. */
export interface Failed {
  failed: string;
  /** Another process listens at its socket's path. */
  isTaken: boolean;
}

type AppCommand = Pick<SupervisionPlan, "command" | "root" | "descriptors">;

/** The running app. */
export class AppProcess implements Stoppable {
  /**
   * Resolves when its entry has been evaluated, or is not waited for, and its agent listens or cannot listen. Never
   * resolves if neither happens.
   */
  readonly started: Promise<Listening | Failed>;
  /** Resolves when it serves: what makes it ready has happened, apart from its hooks. */
  readonly serving: Promise<void>;
  /** What it waits for; undefined if it has not said so. */
  waitsFor: string | undefined;
  /** Resolves to its exit code when it is gone. If a signal ended it: 128 and the signal's number, as in a shell. */
  readonly gone: Promise<number>;
  readonly #child: ChildProcess;
  readonly #line: Duplex;
  #serves = () => {};
  #heard = () => {};
  #idle = () => {};

  /** Starts Node with the words of its command, in the app's folder, so that relative paths are relative to it. */
  constructor(app: AppCommand, env: Environment) {
    this.#child = spawnApp(app, env);
    this.gone = ended(this.#child);
    this.#line = childLine(this.#child);
    this.serving = new Promise((resolve) => (this.#serves = resolve));
    this.started = this.#begun();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  tell(message: ToApp): void {
    if (this.#line.writable) this.#line.write(messageLine(message));
  }

  /** Asks the app to end its runs. Resolves when they have ended, or when those that remain ignore the signal. */
  async endRuns(graceMs: number): Promise<void> {
    let limit: NodeJS.Timeout | undefined;
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
      // An app does not answer if its event loop does not turn, or if it has no agent.
      limit = setTimeout(resolve, Math.min(graceMs, HEARD_WITHIN_MS));
      this.#heard = () => {
        clearTimeout(limit);
        limit = setTimeout(resolve, graceMs * 2);
      };
    });
    this.tell({ type: "ending", graceMs });
    await Promise.race([idle, this.gone]).finally(() => clearTimeout(limit));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  callHook(name: string): void {
    this.tell({ type: "hook", name });
  }

  callReady(): void {
    this.tell({ type: "ready" });
  }

  drain(): void {
    this.tell({ type: "stopping" });
  }

  goneWithin(ms: number): Promise<boolean> {
    return endsWithin(ms, this.gone);
  }

  kill(): Promise<number> {
    this.signal("SIGKILL");
    return this.gone;
  }

  #begun(): Promise<Listening | Failed> {
    return new Promise((resolve) => {
      let listening: Listening | undefined;
      let loaded = false;
      const hear = (text: string) => {
        const message = readFromApp(text);
        if (!message) return;
        this.#take(message);
        if (message.type === "failed") resolve({ failed: message.reason, isTaken: message.isTaken });
        if (message.type === "loaded") loaded = true;
        if (message.type === "listening") listening = { instance: message.instance, socket: message.socket };
        if (loaded && listening) resolve(listening);
      };
      this.#line.setEncoding("utf8").on("data", lineReader(hear));
    });
  }

  #take(message: FromApp): void {
    if (message.type === "ending") this.#heard();
    if (message.type === "idle") this.#idle();
    if (message.type === "waits") this.waitsFor = message.reason;
    // An older agent does not know when the app serves.
    const serves = message.type === "serving" || (message.type === "listening" && !message.saysServing);
    if (serves) this.#serves();
  }

  /** Resumes it if it is suspended, because a suspended process does not receive signals. */
  wake(): void {
    if (processFields(this.pid)?.[0] === "T") this.signal("SIGCONT");
  }
}

function spawnApp({ command, root, descriptors }: AppCommand, env: Environment): ChildProcess {
  const given = descriptors ? descriptorsOf(descriptors) : [];
  const stdio = ["inherit", "inherit", "inherit", ...given] as const;
  const child = spawn(process.execPath, command, {
    env: {
      ...env,
      ...(descriptors && descriptorVariables(descriptors)),
      [SUPERVISOR_FD]: lineForChildren(stdio.length),
    },
    cwd: root,
    // In a separate process group, so that this process can pass on Ctrl-C exactly once.
    detached: true,
    stdio: [...stdio, "pipe"],
  });
  if (descriptors) closeDescriptors(descriptors);
  return child;
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? signalExitCode(signal)));
  });
}
