// How long the client waits, for what, and how often it asks again. The life cycle's own times stand where they are used:
// each is for one step of a start or a stop.

/** A question that changes nothing is given up after this time, unless its caller names another. */
export const ANSWER_LIMIT_MS = 5000;

/** The agent answers at the deadline, or after a moment for the task to stop. Later than this nothing will come. */
export const LATE_MS = 250;

/** Before a limit, what has come is still read to its end for this time. */
export const LAST_READ_MS = 50;

/** How long an instance may take to say whose app it is. One that does not counts as the caller's own. */
export const OWNER_LIMIT_MS = 1000;

/** An agent that was asked and has said nothing for this time is suspended or gone: nothing more is sent to it. */
export const SILENT_AFTER_MS = 1000;

/** How long the other end may take to agree to the end of a connection. */
export const CLOSE_LIMIT_MS = 1000;

/** The same for a console that is being left: nobody waits for it. */
export const CONSOLE_CLOSE_LIMIT_MS = 50;

/** How long the agent may take to say what became of a run that an AbortSignal has cancelled. */
export const FATE_LIMIT_MS = 200;

/** A cancel may overtake its call. It is sent again this often while the agent does not know the run. */
export const CANCEL_RETRY_MS = 20;

/** How long `cancel` waits for the task to stop. */
export const CANCEL_WAIT_MS = 5000;

/** How long Ctrl-C waits: longer than any task should take to stop. The run's own answer comes first. */
export const INTERRUPT_WAIT_MS = 600_000;

/** How often `ping --wait` asks: often enough to be there when the app is. */
export const PING_RETRY_MS = 50;

/** What only adds to a sentence or a screen, as the place of a stall does, is wanted soon more than it is wanted whole. */
export const DETAIL_LIMIT_MS = 2000;

/** Nobody waits longer than this for a completion. */
export const COMPLETION_LIMIT_MS = 500;

/** How long a console tries to reach an instance again, and how often. */
export const RECONNECT_LIMIT_MS = 30_000;
export const RECONNECT_RETRY_MS = 250;
