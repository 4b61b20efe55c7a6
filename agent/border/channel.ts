// Defines what the gateway thread and the runner on the main thread share. Each connection has its own MessagePort for
// text (port-messages.ts), and a table in shared memory for facts that must hold while the main thread is stuck.
import type { MessagePort } from "node:worker_threads";
import type { OwnFolder } from "../../shared/app-folder.ts";
import type { Limits, Readiness } from "../../shared/messages/messages.ts";

/** What the runner gets for each connection. */
export interface Channel {
  port: MessagePort;
  /** One Int32Array: the cells below, then a state for each ticket. */
  table: SharedArrayBuffer;
}

/** Index in the table: the cost of all output that has left the gateway (see {@link costOf}), modulo 2^32. */
export const ACKNOWLEDGED = 0;
/** Index in the table: whether the runner waits for credit, and how. */
export const WAITING = 1;
/** Index in the table: while a console's code executes, the ticket of its request plus 1; else 0. */
export const EXECUTING = 2;
/** Index in the table: when that execution began, in milliseconds of {@link monotonicMs} modulo 2^32. */
export const EXECUTING_SINCE = 3;
/** Index in the table: why the gateway stopped the execution. */
export const STOPPED_BY = 4;
/**
 * Index in the table: the ticket plus 1 of the console whose code has run during this turn of the event loop; else 0.
 */
export const OCCUPYING = 5;
/** Index in the table: when that began, in the unit of {@link EXECUTING_SINCE}. */
export const OCCUPYING_SINCE = 6;
/** Index in the table: the ticket plus 1 of a console whose code must not continue before the event loop has turned. */
export const STOP_OCCUPYING = 7;
/** Index in the table: counts the gateway's replies to the question whether it is still alive. */
export const ALIVE = 8;
/** Index in the table: 1 once the caller is gone. */
export const UNHEARD = 9;
/** Index in the table of ticket 0. */
export const FIRST_TICKET = 10;

/** Value of {@link STOPPED_BY}: the operator interrupted the code. */
export const STOPPED_BY_INTERRUPT = 1;
/** Value of {@link STOPPED_BY}: the code ran out of time. */
export const STOPPED_BY_LIMIT = 2;

/** Value of {@link WAITING}: the runner continues when it receives `resume`. */
export const WAITS_FOR_WORD = 1;
/** Value of {@link WAITING}: the main thread is blocked, and {@link ACKNOWLEDGED} wakes it. */
export const STANDS_STILL = 2;

/** State of a ticket that neither side has moved yet. Exactly one of the two sides moves it. */
export const QUEUED = 0;
/** State of a ticket: the runner moved it when the task's code began. */
export const STARTED = 1;
/** State of a ticket: the gateway moved it, and the task never starts. */
export const WITHDRAWN = 2;
/** State of a ticket: the task started and must now end. Its output no longer waits for a slow reader. */
export const HURRIED = 3;

/** For answers of this size or more, the gateway reports when the answer has left the process. */
export const LARGE_ANSWER_CHARS = 64 * 1024;

/** The most that the output between runner and socket may cost at once. */
export const OUTPUT_WINDOW = 1024 * 1024;

/** A message with one letter takes memory too: a million such messages must not count as one megabyte. */
const MESSAGE_COST = 128;

/** The cost of a message with this many characters of output. Both sides count in the same way. */
export function costOf(chars: number): number {
  return chars + MESSAGE_COST;
}

/** The app's identity, as the gateway reports it to callers. */
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

/** The path at which an agent listens. */
export interface SocketPath {
  socket: string;
  /** True when the agent chose the path: then it creates, checks and removes the directories. */
  ownsDirectory: boolean;
}

/** A TCP address for probes. */
export interface HealthAddress {
  port: number;
  /** Default: every address of this machine. */
  host?: string | undefined;
}

/** The data that the gateway thread is started with. */
export interface GatewayData extends SocketPath {
  identity: Identity;
  folder: OwnFolder;
  limits: Limits;
  /** The address at which probes over TCP are answered. */
  health?: HealthAddress | undefined;
  /** See ../instance/heartbeat.ts. */
  heartbeat: SharedArrayBuffer;
  /** See ./inspector-access.ts. */
  mayInspect: boolean;
}

/** Messages from the gateway to the main thread, outside the ports of connections. */
export type FromGateway =
  /** Sent each time that the gateway begins to listen. It listens again if the socket was removed. */
  | { type: "listening"; identity: string }
  | { type: "failed"; code: "DENIED" | "INTERNAL" | "SEVERAL_INSTANCES" | "BAD_ARGUMENTS"; message: string }
  | { type: "connected"; channel: Channel }
  | { type: "ready?"; question: number }
  /** The answers that were given before `flush` have left. */
  | { type: "flushed" }
  | { type: "trouble"; message: string };

/** Messages from the main thread to the gateway, outside the ports of connections. */
export type ToGateway =
  | { type: "ready"; question: number; ready: Readiness; reason?: string; when: string }
  /** The tasks as a DescribeResult in JSON; undefined when the tasks have changed or are about to change. */
  | { type: "tasks"; described: string | undefined; names: string[] }
  /** Refuse new calls. `close` follows when the runs have ended. */
  | { type: "closing" }
  /** The gateway answers with `flushed`. */
  | { type: "flush" }
  | { type: "close" };
