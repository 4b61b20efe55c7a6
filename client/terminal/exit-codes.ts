// Defines the exit codes of the command line, in one place. The numbers are from sysexits.h, if it has one.
import type { RpcCode } from "../../shared/errors.ts";

/** Every exit code with its meaning. docs/exit-codes.md has the same table; a test checks that they are equal. */
export const EXIT_CODES = {
  0: "done",
  1: "the task threw (a task may choose another code)",
  64: "the command was used wrongly, or it is not clear which app or instance is meant",
  65: "bad arguments, or no task or run of that name",
  69: "no agent, or the connection to it was lost",
  70: "a fault in remsh",
  74: "the task succeeded, but its output could not be written",
  75: "not now: timed out, stalled, not ready, closing or locked; trying again may help",
  77: "denied",
  78: "bad configuration",
  130: "interrupted or cancelled",
  137: "the app had to be killed, or was",
} as const;

/** One of the numbers above. */
export type ExitCode = keyof typeof EXIT_CODES;

/**
 * The exit code of each failed call. NOT_SERIALIZABLE is 0: the task succeeded, and only its value could not be sent.
 */
export const EXIT_CODE_OF: Readonly<Record<RpcCode, ExitCode>> = {
  BAD_MESSAGE: 70,
  NOT_SUPPORTED: 69,
  BAD_ARGUMENTS: 65,
  INTERNAL: 70,
  UNKNOWN_TASK: 65,
  UNKNOWN_RUN: 65,
  TASKS_NOT_LOADED: 78,
  RELOAD_FAILED: 78,
  TIMEOUT: 75,
  CANCELLED: 130,
  CONNECTION_LOST: 69,
  NOT_SERIALIZABLE: 0,
  LIMIT_EXCEEDED: 65,
  TOO_MANY: 75,
  CLOSING: 75,
  DENIED: 77,
  NOT_LISTENING: 69,
  STALE_SOCKET: 69,
  STALLED: 75,
  NOT_READY: 75,
  SEVERAL_INSTANCES: 64,
  APP_NOT_NAMED: 64,
  UNKNOWN_APP: 69,
  OTHER_APP: 69,
  REPLACED: 78,
  NOT_REMSH: 69,
  VERSION_NOT_SHARED: 69,
};
