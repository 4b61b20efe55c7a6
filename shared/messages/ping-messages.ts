// The messages about the app as a whole that do not need its main thread: `ping` and `stack`. Named as in PROTOCOL.md.
import type { SUBPROTOCOL } from "./rpc-messages.ts";

/** The app's state: `stalled` while its event loop does not turn. */
export type Readiness = "starting" | "ready" | "not-ready" | "stopping" | "stalled";

/**
 * Parameters of `ping`. With `ready` the app is asked whether it is ready; without it, the main thread is not needed.
 */
export interface PingParams {
  ready?: boolean;
  /** How long the main thread may take to answer before it counts as stalled, in milliseconds; default 1000. */
  timeoutMs?: number;
}

/** Result of `ping`, and the body of `GET /livez` and `GET /readyz`. */
export interface PingResult {
  /** `stalled` when the event loop has not turned for longer than the limit. */
  status: "ok" | "stalled";
  /** How long the event loop has not turned, in milliseconds; 0 when it turns. */
  stalledMs: number;
  /** How late the last beat of the event loop came, in milliseconds. */
  loopDelayMs: number;
  /** Only if requested. */
  ready?: Readiness;
  /** Why the app is not ready, or what it waits for. */
  reason?: string;
  /** What decides that, in words that follow "ready when": `its first server listens (127.0.0.1:3000)`. */
  readyWhen?: string;
  app: string;
  version: string;
  instance: string;
  pid: number;
  /** The app's folder, without symbolic links. */
  root: string;
  /** The namespace in which the pid is valid: `pid:[4026531836]`. Left out if the system has no pid namespaces. */
  pidNamespace?: string;
  /** When that process began, in the system's own count: on Linux, clock ticks since the boot. Left out elsewhere. */
  processStart?: string;
  /** A description of the console that keeps the event loop from turning. */
  console?: string;
  node: string;
  uptimeMs: number;
  rssBytes: number;
  protocol: typeof SUBPROTOCOL;
}

/** One frame in the result of `stack`; `line` and `column` count from 1. */
export interface StackFrame {
  function: string;
  /** An absolute path, or a URL if there is no file. */
  file: string;
  line: number;
  column: number;
}

/** Result of `stack`: the app's frames on the main thread, innermost first. */
export interface StackResult {
  /** `idle`: no code of the app runs. `native`: it is in native code that does not return, as in `execSync`. */
  state: "running" | "idle" | "native";
  frames: StackFrame[];
  stalledMs: number;
  /** True if a debugger holds the main thread there. */
  inDebugger?: boolean;
  /** A description of the console whose code this is. */
  console?: string;
}
