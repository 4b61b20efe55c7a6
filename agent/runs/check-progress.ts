// Checks what a task reports as its progress.
import type { Progress } from "../tasks/task.ts";

/** Progress messages are a few words long; longer ones are cut. */
const MAX_MESSAGE_CHARS = 1000;

/** The progress, with its message cut. @throws TypeError that says how progress is reported. */
export function checkProgress(progress: unknown): Progress {
  if (typeof progress !== "object" || progress === null)
    throw new TypeError(
      'Cannot report progress: it takes one object, as progress({ done: 1, total: 3, message: "users" })',
    );
  const { done, total, message }: { done?: unknown; total?: unknown; message?: string } = progress;
  if (!isFinite(done))
    throw new TypeError('Cannot report progress: "done" must be a number, as in progress({ done: 1, total: 3 })');
  if (total !== undefined && !isFinite(total)) throw new TypeError('Cannot report progress: "total" must be a number');
  return {
    done,
    ...(total !== undefined && { total }),
    ...(message !== undefined && { message: String(message).slice(0, MAX_MESSAGE_CHARS) }),
  };
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}
