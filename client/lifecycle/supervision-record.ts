// The record that an app's supervisor keeps in the runtime directory while the app runs: the ids of both processes.
// With it, `stop` finds an app whose agent is not up yet or already gone, and a start can take over an app whose
// supervisor was killed.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { processStart } from "../../shared/process-start.ts";

/** Identifies a process; `start` is left out if the system does not tell it. */
export interface ProcessMark {
  pid: number;
  start?: string | undefined;
}

/** The content of the record. */
export interface SupervisionRecord {
  supervisor: ProcessMark;
  app: ProcessMark;
  /** The name of the instance; left out while it is not known. */
  instance?: string | undefined;
  /** The path at which its agent listens; left out if that depends on its process id and it does not listen yet. */
  socket?: string | undefined;
  /** True from the time when the app was called ready. */
  isUp?: boolean | undefined;
  /** The app's own arguments that its start was given. */
  words?: readonly string[] | undefined;
  /** The names of the variables that the start has added to those that it was given. */
  added?: readonly string[] | undefined;
}

/** The record's file: one for each process of the app. `prefix` is the same for all. */
export function recordFile(prefix: string, app: Pick<ProcessMark, "pid">): string {
  return `${prefix}-${app.pid}`;
}

/** The mark of a living process. */
export function markOf(pid: number): ProcessMark {
  return { pid, start: processStart(pid) };
}

/** Writes the record, completely or not at all. If it cannot be written, as on a full disk, the app runs without it. */
export function writeRecord(prefix: string, record: SupervisionRecord): void {
  const file = recordFile(prefix, record.app);
  const temporary = `${file}.new`;
  try {
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    removeRecord(temporary);
  }
}

/** Removes the file of a record. If it is already gone, that is fine. */
export function removeRecord(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // If the disk cannot be written, a reader of the record finds that both processes are gone.
  }
}
