// Every bound of the gateway, with its default. A worker's resourceLimits are no safety net: one large allocation past
// them aborts the whole process, so nothing here may grow without one of these.
import type { Limits } from "../../../shared/messages/messages.ts";

/** What an agent allows where `startAgent({ limits })` does not say otherwise. */
export const DEFAULT_LIMITS: Limits = {
  connections: 256,
  inFlight: 128,
  messageBytes: 4 * 1024 * 1024,
  depth: 100,
  values: 200_000,
  callsPerSecond: 100_000,
  allCallsPerSecond: 150_000,
  resultChars: 16 * 1024 * 1024,
  outputChars: 4 * 1024 * 1024,
};

/** How long a connection may take to send its first request's headers. */
export const HEADERS_TIMEOUT_MS = 5000;

/** How long the gateway waits after a deadline for the task to stop, before it answers that it still runs. */
export const STOP_GRACE_MS = 100;

/** How long the gateway waits after its deadline for what the main thread knows of a reload. */
export const RELOAD_GRACE_MS = 200;

/** Characters of a request that holds no arguments and no code. */
export const PLAIN_REQUEST_CHARS = 64 * 1024;

/** How long the main thread may take over a request that should be quick: describe, cancel, runs. */
export const QUICK_REQUEST_MS = 5000;

/** Bytes that may wait for the process of an expression; one that does not read them is ended. */
export const UNREAD_BYTES = 64 * 1024 * 1024;

/** Bytes of answers that may wait for their readers on all connections; past it the slowest is disconnected. */
export const UNREAD_LIMIT_BYTES = 32 * 1024 * 1024;

/** With so many of them a reader that takes nothing for {@link UNREAD_STILL_MS} makes room: others wait for it. */
export const UNREAD_TIGHT_BYTES = 8 * 1024 * 1024;

/** See {@link UNREAD_TIGHT_BYTES}. */
export const UNREAD_STILL_MS = 3000;

/** With so many bytes unread nothing more is read from the connection until its peer has read them. */
export const UNREAD_PAUSE_BYTES = 128 * 1024;

/** Bytes of messages that are not complete, on all connections; past it the one that began first is disconnected. */
export const HALF_SENT_BYTES = 24 * 1024 * 1024;

/** Stalled is an event loop that has not turned for this long, unless the caller says otherwise. */
export const STALLED_AFTER_MS = 1000;

/** Requests of all connections that wait for the main thread or run, in characters: what a stuck app can be sent. */
export const WAITING_CHARS = 64 * 1024 * 1024;

/** How long a peer may take to end a connection that we have said goodbye to. */
export const GOODBYE_MS = 1000;

/** How long the gateway waits, when the agent closes, for the answers of runs that have just ended. */
export const LAST_ANSWERS_MS = 200;

/** Processes that evaluate expressions at once, on all connections. */
export const EXPRESSION_PROCESSES = 8;

/** How long an expression may work itself: the time in which it waits for a task does not count. */
export const OWN_TIME_MS = 10_000;

/** Tasks that one expression has in flight at once; the next call waits for one of them to end. */
export const TASK_CALLS = 16;

/** Characters of one expression's code. */
export const CODE_CHARS = 256 * 1024;

/** How long tasks may take to stop whose expression has ended, before its caller is answered. */
export const STOP_WAIT_MS = 5000;

/** How often the gateway checks that its socket is still there. */
export const CHECK_SOCKET_MS = 5000;

/** Cleaners of old files count in hours or days: a socket that has not been used for this long is made young again. */
export const YOUNG_MS = 10 * 60_000;
