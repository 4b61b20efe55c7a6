// A process that the demo started: its output, its end, and a way to end it.
import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** How a process ended. If a signal ended it, the code is 128 plus the signal's number, as in a shell. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** What makes a {@link Child}. */
export interface ChildOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Called with each piece of its output as it comes. */
  onOutput?: (text: string) => void;
  /** True if it ends in order when its standard input does; other processes are ended with SIGTERM. */
  endsWithInput?: boolean;
}

/** A running process, in a separate process group, so that the demo can pass on Ctrl-C. */
export class Child {
  /** Resolves when it has ended and all its output is here. Rejects when it could not be started. */
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #endsWithInput: boolean;
  readonly #printed = { stdout: "", stderr: "" };
  #hasEnded = false;
  #output = "";

  constructor([command = "", ...args]: readonly string[], { cwd, env, onOutput, endsWithInput = false }: ChildOptions) {
    this.#endsWithInput = endsWithInput;
    this.#process = spawn(command, args, { cwd, env, detached: true, stdio: "pipe" });
    for (const stream of ["stdout", "stderr"] as const) {
      this.#process[stream]?.setEncoding("utf8").on("data", (text: string) => {
        this.#printed[stream] += text;
        this.#output += text;
        onOutput?.(text);
      });
    }
    this.ended = this.#end();
    // Code that waits for the end receives the failure. Without such code, the rejection must not end the demo.
    this.ended.catch(() => {});
  }

  /** Everything that it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when its output matches; rejects when it has ended before. */
  async prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      if (this.#hasEnded)
        throw new Error(`Cannot go on:\n${this.output.trimEnd() || `a process ended before it printed ${pattern}`}`);
      await Promise.race([sleep(10), this.ended]);
    }
  }

  /** Asks it to end, and kills it if it has not ended in time. */
  async stop(limitMs: number): Promise<void> {
    if (this.#hasEnded) return;
    if (this.#endsWithInput) this.#process.stdin?.end();
    else this.#signal("SIGTERM");
    const inTime = await Promise.race([this.ended.then(() => true), sleep(limitMs, false, { ref: false })]);
    if (inTime) return;
    this.#signal("SIGKILL");
    await this.ended;
  }

  #end(): Promise<Ended> {
    // The last resort, in case the demo itself has a fault.
    const kill = () => !this.#endsWithInput && this.#signal("SIGKILL");
    process.once("exit", kill);
    return new Promise<Ended>((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("close", (code, signal) => {
        const number = code ?? 128 + (signal ? constants.signals[signal] : 0);
        resolve({ code: number, ...this.#printed });
      });
    }).finally(() => {
      this.#hasEnded = true;
      process.off("exit", kill);
    });
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#process.pid === undefined || this.#hasEnded) return;
    try {
      process.kill(-this.#process.pid, signal);
    } catch {
      // It ended at this very moment, which is what the signal was for.
    }
  }
}
