// The client's time limits and retry intervals. Limits for one step of a start or a stop are in the files that use
// them.

/** How long a question that changes nothing may take, unless its caller names a limit. */
export const ANSWER_LIMIT_MS = 5000;

/**
 * The agent answers at the deadline, or a moment later if the task must stop. An answer later than this will not come.
 */
export const LATE_MS = 250;

/** Before a limit, data that has arrived is still read for this time. */
export const LAST_READ_MS = 50;

/** How long an instance may take to say whose app it is. After that it counts as the caller's own. */
export const OWNER_LIMIT_MS = 1000;

/** An agent that owes an answer and has sent nothing for this time is suspended or gone. Nothing more is sent to it. */
export const SILENT_AFTER_MS = 1000;

/** How long the other end may take to confirm the end of a connection. */
export const CLOSE_LIMIT_MS = 1000;

/** The same when a console is left: the user should not wait. */
export const CONSOLE_CLOSE_LIMIT_MS = 50;

/** How long the agent may take to report the state of a run that an AbortSignal has cancelled. */
export const FATE_LIMIT_MS = 200;

/** A cancel may overtake its call. It is sent again at this interval while the agent does not know the run. */
export const CANCEL_RETRY_MS = 20;

/** How long `cancel` waits for the task to stop. */
export const CANCEL_WAIT_MS = 5000;

/** How long Ctrl-C waits: longer than any task should take to stop. The run's own answer comes first. */
export const INTERRUPT_WAIT_MS = 600_000;

/** How often `ping --wait` asks: often enough to notice the app at once. */
export const PING_RETRY_MS = 50;

/**
 * The limit of details that only complete a sentence or a screen, such as the place of a stall. They are left out
 * rather than late.
 */
export const DETAIL_LIMIT_MS = 2000;

/** How long a completion may take: a user waits no longer. */
export const COMPLETION_LIMIT_MS = 500;

/** How long a console tries to reach an instance again. */
export const RECONNECT_LIMIT_MS = 30_000;
/** The interval of these attempts. */
export const RECONNECT_RETRY_MS = 250;
