// What the gateway thread and the runner on the main thread say to each other. Each connection has a MessagePort of its
// own that carries text (port-messages.ts), and a table in shared memory for what must hold while the main thread is stuck.
import type { MessagePort } from "node:worker_threads";
import type { OwnFolder } from "../../shared/app-folder.ts";
import type { Limits, Readiness } from "../../shared/messages/messages.ts";

/** What the runner gets for each connection. */
export interface Channel {
  port: MessagePort;
  /** One Int32Array: the cells below, then a state for each ticket. */
  table: SharedArrayBuffer;
}

/** Index in the table: what the output that has left the gateway cost (see {@link costOf}), modulo 2^32. */
export const ACKNOWLEDGED = 0;
/** Index in the table: whether the runner waits for credit, and how. */
export const WAITING = 1;
/** Index in the table: while a console's code executes, the ticket of its request and 1; else 0. */
export const EXECUTING = 2;
/** Index in the table: since when it executes, in milliseconds of {@link monotonicMs} modulo 2^32. */
export const EXECUTING_SINCE = 3;
/** Index in the table: why the gateway has stopped what executed. */
export const STOPPED_BY = 4;
/** Index in the table: the ticket and 1 of a console whose code has run during this turn of the event loop; else 0. */
export const OCCUPYING = 5;
/** Index in the table: since when, as {@link EXECUTING_SINCE}. */
export const OCCUPYING_SINCE = 6;
/** Index in the table: the ticket and 1 of a console whose code must not go on before the event loop has turned. */
export const STOP_OCCUPYING = 7;
/** Index in the table: counts how often the gateway was asked whether it is there. */
export const ALIVE = 8;
/** Index in the table: 1 once the caller is gone. */
export const UNHEARD = 9;
/** Index in the table of ticket 0. */
export const FIRST_TICKET = 10;

/** Value of {@link STOPPED_BY}: the operator asked for it. */
export const STOPPED_BY_INTERRUPT = 1;
/** Value of {@link STOPPED_BY}: it ran out of time. */
export const STOPPED_BY_LIMIT = 2;

/** Value of {@link WAITING}: the runner continues when it hears `resume`. */
export const WAITS_FOR_WORD = 1;
/** Value of {@link WAITING}: the main thread itself stands still, and is woken by {@link ACKNOWLEDGED}. */
export const STANDS_STILL = 2;

/** State of a ticket that neither side has moved yet; exactly one of the two does. */
export const QUEUED = 0;
/** State of a ticket: the runner has moved it, when the task's code began. */
export const STARTED = 1;
/** State of a ticket: the gateway has moved it, and the task never starts. */
export const WITHDRAWN = 2;
/** State of a ticket: it was started, and is to end now: its output no longer waits for a slow reader. */
export const HURRIED = 3;

/** From this size on the gateway says when an answer of a run has left it. */
export const LARGE_ANSWER_CHARS = 64 * 1024;

/** What the output between runner and socket may cost at once. */
export const OUTPUT_WINDOW = 1024 * 1024;

/** A message with one letter in it takes memory too: a million of them must not pass for a megabyte. */
const MESSAGE_COST = 128;

/** What a message with so many characters of output costs of the window, on both sides alike. */
export function costOf(chars: number): number {
  return chars + MESSAGE_COST;
}

/** What the app is, as the gateway tells callers. */
export interface Identity {
  app: string;
  version: string;
  instance: string;
  pid: number;
  root: string;
  pidNamespace?: string;
  processStart?: string;
  /** When the process began, on the clock of `monotonicMs`: the wall clock may be set while the app runs. */
  startedMs: number;
}

/** Where an agent listens. */
export interface SocketPath {
  socket: string;
  /** True when the agent chose the path itself: its directories are made, checked and removed. */
  ownsDirectory: boolean;
}

/** A TCP address for probes. */
export interface HealthAddress {
  port: number;
  /** Default: every address of this machine. */
  host?: string | undefined;
}

/** What the gateway thread is started with. */
export interface GatewayData extends SocketPath {
  identity: Identity;
  folder: OwnFolder;
  limits: Limits;
  /** Where probes over TCP are answered, too. */
  health?: HealthAddress | undefined;
  /** See ../instance/heartbeat.ts. */
  heartbeat: SharedArrayBuffer;
  /** See ../gateway/inspection/inspector-access.ts. */
  mayInspect: boolean;
}

/** Gateway to main thread, beside the ports. */
export type FromGateway =
  /** Each time that it listens: the path may have been taken from it. */
  | { type: "listening"; identity: string }
  | { type: "failed"; code: "DENIED" | "INTERNAL" | "SEVERAL_INSTANCES" | "BAD_ARGUMENTS"; message: string }
  | { type: "connected"; channel: Channel }
  | { type: "ready?"; question: number }
  /** What was answered before `flush` has left. */
  | { type: "flushed" }
  | { type: "trouble"; message: string };

/** Main thread to gateway, beside the ports. */
export type ToGateway =
  | { type: "ready"; question: number; ready: Readiness; reason?: string }
  /** The tasks have been described, as a DescribeResult in JSON; undefined: they are others now, or about to be. */
  | { type: "tasks"; described: string | undefined; names: string[] }
  /** Refuse new calls; `close` follows when the runs are done. */
  | { type: "closing" }
  /** Answers with `flushed`. */
  | { type: "flush" }
  | { type: "close" };
