// What the supervisor of an app leaves in the runtime directory for as long as the app runs: which processes the two are. A `stop` then
// finds an app that has no agent, not yet or no more, and a start can take over an app whose supervisor was killed.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { processStart } from "../../shared/process-start.ts";

/** By what a process is known again; `start` is left out where the system does not tell. */
export interface ProcessMark {
  pid: number;
  start?: string | undefined;
}

/** What is written down. */
export interface SupervisionRecord {
  supervisor: ProcessMark;
  app: ProcessMark;
  /** The app's name among its instances; left out while it is not known. */
  instance?: string | undefined;
  /** Where its agent listens; left out before it does. */
  socket?: string | undefined;
}

/** The record's file: one for each process of the app. `prefix` is that of all of them. */
export function recordFile(prefix: string, app: Pick<ProcessMark, "pid">): string {
  return `${prefix}-${app.pid}`;
}

/** The mark of a process that lives. */
export function markOf(pid: number): ProcessMark {
  return { pid, start: processStart(pid) };
}

/** Writes it, whole or not at all: without it, as on a full disk, the app runs all the same. */
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

/** Removes the file of a record; that it is gone already is what was wanted. */
export function removeRecord(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // On a disk that cannot be written, where whoever reads it finds that both processes are gone.
  }
}
