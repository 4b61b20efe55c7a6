// The messages about the app as a whole that its main thread is not needed for: `ping` and `stack`. Named as in PROTOCOL.md.
import type { SUBPROTOCOL } from "./rpc-messages.ts";

/** Where an app stands: `stalled` while its event loop does not turn. */
export type Readiness = "starting" | "ready" | "not-ready" | "stopping" | "stalled";

/** Parameters of `ping`. With `ready` the app is asked whether it is ready; without, its main thread is not needed. */
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
  /** Only when asked for. */
  ready?: Readiness;
  /** Why the app is not ready, where it said so. */
  reason?: string;
  app: string;
  version: string;
  instance: string;
  pid: number;
  /** The app's folder, without symbolic links. */
  root: string;
  /** Where that pid is the process: `pid:[4026531836]`. Left out where the system has no pid namespaces. */
  pidNamespace?: string;
  /** When that process began, in the system's own count: on Linux the clock ticks from its boot. Left out elsewhere. */
  processStart?: string;
  /** The console that keeps the event loop from turning, in words. */
  console?: string;
  node: string;
  uptimeMs: number;
  rssBytes: number;
  protocol: typeof SUBPROTOCOL;
}

/** One frame in the result of `stack`; `line` and `column` count from 1. */
export interface StackFrame {
  function: string;
  /** An absolute path, or a URL where there is no file. */
  file: string;
  line: number;
  column: number;
}

/** Result of `stack`: the app's frames on the main thread, innermost first. */
export interface StackResult {
  /** `idle`: no code of the app runs. `native`: it does not come back from native code, as in `execSync`. */
  state: "running" | "idle" | "native";
  frames: StackFrame[];
  stalledMs: number;
  /** The console whose code this is, in words. */
  console?: string;
}
