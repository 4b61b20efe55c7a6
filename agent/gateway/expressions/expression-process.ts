// Runs a process that evaluates expressions, and exchanges bounded messages with it. Checks the process's memory.
// However the process ends, the gateway is notified once.
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import type { RpcCode } from "../../../shared/errors.ts";
import { messageOf } from "../../../shared/message-of.ts";
import { seal, yieldMemory, yieldProcessor, type Command } from "./confine.ts";
import { readSandboxMessage, type FromSandbox, type ToSandbox } from "../../border/sandbox-messages.ts";
import { UNREAD_BYTES } from "../admission/limits.ts";

/** Most bytes of memory that a process may use. The kernel's limit (confine.ts) is lower, on systems that have it. */
const RESIDENT_BYTES = 320 * 1024 * 1024;

/** How often its memory is checked. */
const CHECK_EVERY_MS = 50;

/** The page size in which Linux counts memory. A few kinds of machine have larger pages. */
const PAGE_BYTES = 4096;

/** Signals by which the system ends a process for what it did. */
const CRASHES = new Set<NodeJS.Signals>(["SIGSEGV", "SIGFPE", "SIGSYS"]);

/** Signals by which V8 and the kernel end a process that is out of memory. */
const OUT_OF_MEMORY = new Set<NodeJS.Signals>(["SIGABRT", "SIGTRAP", "SIGILL", "SIGBUS"]);

const OUT_OF_MEMORY_CAUSE: [RpcCode, string] = ["LIMIT_EXCEEDED", "it needs more memory than an expression may use"];

const KILLED_CAUSE: [RpcCode, string] = [
  "CONNECTION_LOST",
  "its process was killed, by another process or because the system is short of memory",
];

/** The expression that uses the process at the moment. */
export interface ProcessUser {
  hear(message: FromSandbox): void;
  /** Called when the process is gone; `reason` completes "Cannot evaluate "…": ". */
  lost(code: RpcCode, reason: string): void;
}

/** A process that evaluates expressions, one at a time. */
export class ExpressionProcess {
  /** Resolves when the process has loaded everything and can open nothing more. Never resolves if it ends before. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #lineBytes: number;
  readonly #watch: NodeJS.Timeout;
  #becomeReady: () => void = () => {};
  #sealing: Promise<void> | undefined;
  /** While there is no user, messages from the process are dropped. */
  #user: ProcessUser | undefined;
  #unread = "";
  #told = 0;
  #paused = false;
  /** The memory use at the last check, in bytes. */
  #resident = 0;
  #ended = false;

  constructor({ program, args, isWatched }: Command, lineBytes: number) {
    this.#lineBytes = lineBytes;
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    // The process gets its own process group, so that a signal to that group does not reach the app.
    const stdio = ["pipe", "pipe", "ignore", isWatched ? "pipe" : "ignore"] as const;
    this.#child = spawn(program, args, { cwd: "/", env: {}, stdio: [...stdio], detached: true });
    // This comes first: a process that cannot be started may have nothing else to listen to.
    this.#child.on("error", (error) => this.#end("INTERNAL", `its process cannot be started: ${error.message}`));
    this.#watched?.on("error", () => {}); // the process has ended: "exit" reports how
    this.#child.on("exit", (code, signal) => this.#end(...causeOf(code, signal, this.#resident)));
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.#child.stdin?.on("error", () => {}); // the process has ended: "exit" reports how
    if (this.#child.pid !== undefined) yieldMemory(this.#child.pid);
    this.#watch = setInterval(() => this.#checkMemory(), CHECK_EVERY_MS);
  }

  /** False once the process has ended or was killed. */
  get isAlive(): boolean {
    return !this.#ended;
  }

  /** True while it evaluates an expression. */
  get isBusy(): boolean {
    return this.#user !== undefined;
  }

  /** The process works for this user from now on. */
  begin(user: ProcessUser): void {
    this.#user = user;
  }

  /** Releases the process: it has no user until {@link begin}. */
  leave(): void {
    this.#user = undefined;
  }

  /** Its process's id, while it has one. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The pipe that the shell watches. */
  get #watched(): Readable | Writable | undefined {
    // Its type does not say so, but without a free descriptor `spawn` returns before it has set `stdio`.
    const { stdio }: Partial<Pick<ChildProcess, "stdio">> = this.#child;
    return stdio?.[3] ?? undefined;
  }

  /** The number of messages that were sent to the process. */
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

  /** Stops reading the process's messages, so that it must wait, until {@link resume}. */
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

  /** Ends the process at once, and reports nothing. */
  kill(): void {
    this.#ended = true;
    clearInterval(this.#watch);
    this.#child.kill("SIGKILL");
    // This also ends the watching shell, and everything in the process group.
    this.#watched?.destroy();
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
      // Code that has escaped the sandbox may send any number of these.
      if (message.type === "ready") this.#sealing ??= this.#seal().catch((error: unknown) => this.#notSealed(error));
      else this.#user?.hear(message);
    } catch (error) {
      this.#end("INTERNAL", `its process sent an invalid message: ${messageOf(error)}`);
    }
  }

  #notSealed(error: unknown): void {
    this.#end("INTERNAL", `its process cannot be confined: ${messageOf(error)}`);
  }

  async #seal(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined) await seal(pid);
    // Only now: until here the process executes our own code, and an expression waits for it.
    if (pid !== undefined) yieldProcessor(pid);
    this.#becomeReady();
  }

  #checkMemory(): void {
    this.#resident = residentBytes(this.#child.pid);
    if (this.#resident > RESIDENT_BYTES) this.#end(...OUT_OF_MEMORY_CAUSE);
  }

  // A method, since listeners change the value in the middle of a loop.
  #isPaused(): boolean {
    return this.#paused;
  }
}

function causeOf(code: number | null, signal: NodeJS.Signals | null, resident: number): [RpcCode, string] {
  if (signal === null) return ["INTERNAL", `its process ended with exit code ${code}`];
  if (signal === "SIGXCPU") return ["TIMEOUT", "it used more CPU time than an expression may"];
  // The kernel kills a process that takes too much memory. A process that uses little was killed by hand, or because
  // memory ran out elsewhere.
  if (signal === "SIGKILL") return resident > RESIDENT_BYTES / 2 ? OUT_OF_MEMORY_CAUSE : KILLED_CAUSE;
  if (OUT_OF_MEMORY.has(signal)) return OUT_OF_MEMORY_CAUSE;
  if (CRASHES.has(signal)) return ["INTERNAL", `its process crashed with ${signal}`];
  return ["CONNECTION_LOST", `its process was ended by ${signal}, which another process sent`];
}

/** How much memory a process uses; 0 if the system does not say. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0; // the process is gone, or this is not Linux: there the heap's limit is the only one
  }
}
