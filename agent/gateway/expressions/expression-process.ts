// A process that evaluates expressions, seen from the gateway: messages in and out, each bounded, and a watch on its memory.
// However it ends, the gateway hears of it once.
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { RpcCode } from "../../../shared/errors.ts";
import { messageOf } from "../../../shared/message-of.ts";
import { seal, yieldMemory, yieldProcessor, type Command } from "./confine.ts";
import { readSandboxMessage, type FromSandbox, type ToSandbox } from "../../border/sandbox-messages.ts";
import { UNREAD_BYTES } from "../admission/limits.ts";

/** Bytes of memory that a process may have in use; the kernel's limit (confine.ts) is below it, where it holds. */
const RESIDENT_BYTES = 320 * 1024 * 1024;

/** How often its memory is checked. */
const CHECK_EVERY_MS = 50;

/** Linux counts memory in pages of this size on every machine that Node is built for but a few, where they are larger. */
const PAGE_BYTES = 4096;

/** Signals that a process gets for what it does itself. */
const CRASHES = new Set<NodeJS.Signals>(["SIGSEGV", "SIGFPE", "SIGSYS"]);

/** Signals by which V8 and the kernel end a process that is out of memory. */
const OUT_OF_MEMORY = new Set<NodeJS.Signals>(["SIGABRT", "SIGTRAP", "SIGILL", "SIGBUS"]);

/** What the process works for at the moment. */
export interface ProcessUser {
  hear(message: FromSandbox): void;
  /** The process is gone; `reason` completes "Cannot evaluate "…": ". */
  lost(code: RpcCode, reason: string): void;
}

/** A process that evaluates expressions, one at a time. */
export class ExpressionProcess {
  /** Resolves when the process has loaded everything and can open nothing more; never, when it ends before. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #lineBytes: number;
  readonly #watch: NodeJS.Timeout;
  #becomeReady: () => void = () => {};
  /** What it sends while it has none is thrown away. */
  #user: ProcessUser | undefined;
  #unread = "";
  #told = 0;
  #paused = false;
  /** When it was last checked. */
  #resident = 0;
  #ended = false;

  constructor({ program, args, isWatched }: Command, lineBytes: number) {
    this.#lineBytes = lineBytes;
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    // In its own process group: a signal to that group does not reach the app.
    const stdio = ["pipe", "pipe", "ignore", isWatched ? "pipe" : "ignore"] as const;
    this.#child = spawn(program, args, { cwd: "/", env: {}, stdio: [...stdio], detached: true });
    this.#child.stdio[3]?.on("error", () => {}); // it has ended: "exit" says how
    this.#child.on("error", (error) => this.#end("INTERNAL", `its process cannot be started: ${error.message}`));
    this.#child.on("exit", (code, signal) => this.#end(...causeOf(code, signal, this.#resident)));
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.#child.stdin?.on("error", () => {}); // it has ended: "exit" says how
    if (this.#child.pid !== undefined) yieldMemory(this.#child.pid);
    this.#watch = setInterval(() => this.#checkMemory(), CHECK_EVERY_MS);
  }

  /** False once the process has ended or was told to. */
  get isAlive(): boolean {
    return !this.#ended;
  }

  /** True while it evaluates an expression. */
  get isBusy(): boolean {
    return this.#user !== undefined;
  }

  /** From here on it works for this user. */
  begin(user: ProcessUser): void {
    this.#user = user;
  }

  /** It has no user until {@link begin}. */
  leave(): void {
    this.#user = undefined;
  }

  /** Its process's id, while it has one. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How many messages it has been sent. */
  get told(): number {
    return this.#told;
  }

  /** Sends it a message. */
  tell(message: ToSandbox): void {
    const { stdin } = this.#child;
    if (this.#ended || !stdin) return;
    this.#told++;
    stdin.write(`${JSON.stringify(message)}\n`);
    if (stdin.writableLength > UNREAD_BYTES) this.#end("LIMIT_EXCEEDED", "it does not read what its tasks return");
  }

  /** Reads nothing more of it, so that it waits, until {@link resume}. */
  pause(): void {
    this.#paused = true;
    this.#child.stdout?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#readLines();
    if (!this.#isPaused()) this.#child.stdout?.resume();
  }

  /** Ends the process at once, and says nothing of it. */
  kill(): void {
    this.#ended = true;
    clearInterval(this.#watch);
    this.#child.kill("SIGKILL");
    // What watches it ends with that, and what there may be of its group.
    this.#child.stdio[3]?.destroy();
  }

  #end(code: RpcCode, reason: string): void {
    if (this.#ended) return;
    this.kill();
    this.#user?.lost(code, reason);
  }

  #read(text: string): void {
    this.#unread += text;
    this.#readLines();
    if (this.#unread.length > this.#lineBytes && !this.#paused)
      this.#end(
        "LIMIT_EXCEEDED",
        `its result, or what it passes to a task, is larger than ${this.#lineBytes} characters`,
      );
  }

  #readLines(): void {
    let from = 0;
    while (!this.#isPaused() && !this.#ended) {
      const end = this.#unread.indexOf("\n", from);
      if (end === -1) break;
      this.#hear(this.#unread.slice(from, end));
      from = end + 1;
    }
    this.#unread = this.#unread.slice(from);
  }

  #hear(line: string): void {
    try {
      const message = readSandboxMessage(line);
      if (message.type === "ready") void this.#seal();
      else this.#user?.hear(message);
    } catch (error) {
      this.#end("INTERNAL", `its process sent what is no message: ${messageOf(error)}`);
    }
  }

  async #seal(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined) await seal(pid);
    // Not before: until here it executes our own code, and an expression waits for it.
    if (pid !== undefined) yieldProcessor(pid);
    this.#becomeReady();
  }

  #checkMemory(): void {
    this.#resident = residentBytes(this.#child.pid);
    if (this.#resident > RESIDENT_BYTES) this.#end(...OUT_OF_MEMORY_CAUSE);
  }

  // A method, since listeners change it in the middle of a loop.
  #isPaused(): boolean {
    return this.#paused;
  }
}

const OUT_OF_MEMORY_CAUSE: [RpcCode, string] = ["LIMIT_EXCEEDED", "it needs more memory than an expression may use"];

const KILLED_CAUSE: [RpcCode, string] = [
  "CONNECTION_LOST",
  "its process was killed, by somebody or by a system that is short of memory",
];

function causeOf(code: number | null, signal: NodeJS.Signals | null, resident: number): [RpcCode, string] {
  if (signal === null) return ["INTERNAL", `its process ended with exit code ${code}`];
  if (signal === "SIGXCPU") return ["TIMEOUT", "it used more CPU time than an expression may"];
  // The kernel kills a process that takes too much. One that takes little was killed by hand, or because memory ran out elsewhere.
  if (signal === "SIGKILL") return resident > RESIDENT_BYTES / 2 ? OUT_OF_MEMORY_CAUSE : KILLED_CAUSE;
  if (OUT_OF_MEMORY.has(signal)) return OUT_OF_MEMORY_CAUSE;
  if (CRASHES.has(signal)) return ["INTERNAL", `its process crashed with ${signal}`];
  return ["CONNECTION_LOST", `its process was ended by ${signal}, which another process sent`];
}

/** How much memory a process has in use; 0 where the system does not say. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0; // gone, or no Linux: there the heap's limit is the only one
  }
}
