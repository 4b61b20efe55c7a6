// Defines the gateway's limits, except those that concern only one file, or the other side of the border, too. A worker's resourceLimits do not protect the
// process: one large allocation above them aborts it. So everything in the gateway that grows needs a limit.

/** How long a connection may take to send its first request's headers. */
export const HEADERS_TIMEOUT_MS = 5000;

/** How long the gateway waits after a deadline for the task to stop, before it answers that the task still runs. */
export const STOP_GRACE_MS = 100;

/** How long the gateway waits after a reload's deadline for the main thread's own answer. */
export const RELOAD_GRACE_MS = 200;

/** Most characters of a request without arguments or code. */
export const PLAIN_REQUEST_CHARS = 64 * 1024;

/** Most bytes that may wait for an expression's process. A process that does not read them is ended. */
export const UNREAD_BYTES = 64 * 1024 * 1024;

/** Most bytes of unread answers on all connections. Above this the slowest reader is disconnected. */
export const UNREAD_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * Above this many bytes, a reader that takes nothing for {@link UNREAD_STILL_MS} is disconnected to make room for
 * others.
 */
export const UNREAD_TIGHT_BYTES = 8 * 1024 * 1024;

/** How long such a reader may take nothing: see {@link UNREAD_TIGHT_BYTES}. */
export const UNREAD_STILL_MS = 3000;

/** With this many unread bytes, nothing more is read from the connection until its peer has read them. */
export const UNREAD_PAUSE_BYTES = 128 * 1024;

/**
 * Most bytes of incomplete messages on all connections. Above this, the connection whose message began first is closed.
 */
export const HALF_SENT_BYTES = 24 * 1024 * 1024;

/** The event loop counts as stalled when it has not turned for this long, unless the caller gives another limit. */
export const STALLED_AFTER_MS = 1000;

/**
 * Most characters of requests that wait for the main thread or run, on all connections. This bounds what a stuck app is
 * sent.
 */
export const WAITING_CHARS = 64 * 1024 * 1024;

/** How long a peer may take to close a connection after we have closed our side. */
export const GOODBYE_MS = 1000;

/** When the agent closes, how long the gateway waits for the answers of runs that have just ended. */
export const LAST_ANSWERS_MS = 200;

/** Most processes that evaluate expressions at the same time, on all connections. */
export const EXPRESSION_PROCESSES = 8;

/** How long an expression itself may work. The time in which it waits for a task does not count. */
export const OWN_TIME_MS = 10_000;

/** Most characters of one expression's code. */
export const CODE_CHARS = 256 * 1024;

/** How long the tasks of an expression that has ended may take to stop, before its caller is answered. */
export const STOP_WAIT_MS = 5000;

/** How often the gateway checks that its socket file is still there. */
export const CHECK_SOCKET_MS = 5000;

/**
 * Cleaners remove files that are hours or days old. A socket that has not been used for this long gets a new timestamp.
 */
export const YOUNG_MS = 10 * 60_000;
