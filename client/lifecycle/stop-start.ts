// Stops a start: `stop` finds no running app, but the first hooks of a start are running, and the app would be up in a
// moment.
import { formatDuration } from "../../shared/duration.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { ExitCode } from "../terminal/exit-codes.ts";
import type { Streams } from "../terminal/streams.ts";
import { takeEarlySignals } from "../processes/early-signals.ts";
import { KnownProcess } from "../processes/known-process.ts";
import { holderOf } from "../processes/process-lock.ts";

const STAYS: ExitCode = 75;

/** The start that holds the lock, if there is one and the system tells that it is not a later process of the same id. */
export function startUnderWay(lock: string): KnownProcess | undefined {
  const holder = holderOf(lock);
  return holder?.start === undefined ? undefined : new KnownProcess(holder.pid);
}

/**
 * Ends the start and its running hook, and resolves when it is gone. If it has just started the app, it stops the app
 * in order. `timeoutMs` is how long the start may take to end.
 *
 * @throws CommandFailure 75 when the start does not end; the code of a signal that this process receives.
 */
export async function stopStart(
  start: KnownProcess,
  { app, timeoutMs }: { app: string; timeoutMs: number },
  { stderr }: Streams,
): Promise<void> {
  const { stopped, ignore } = takeEarlySignals();
  try {
    start.signal("SIGTERM");
    start.signal("SIGCONT");
    if (!(await start.goneWithin(timeoutMs, stopped)))
      throw new CommandFailure(
        `Cannot stop ${app}: process ${start.pid}, which starts it, is still there ${formatDuration(timeoutMs)} after SIGTERM`,
        STAYS,
      );
    stderr.write(`${app} was being started by process ${start.pid}, which was ended\n`);
  } catch (error) {
    // These signals always fire with a CommandFailure.
    if (!(stopped.aborted && error === stopped.reason && error instanceof CommandFailure)) throw error;
    const sentence = `Interrupted: process ${start.pid}, which starts ${app}, is still ending`;
    throw new CommandFailure(sentence, error.exitCode);
  } finally {
    ignore();
  }
}
