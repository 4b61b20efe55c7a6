// `logs`: prints the end of a daemon's log. With --follow it continues with what is added, until Ctrl-C or until its
// reader is gone.
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "../../shared/has-code.ts";
import { CommandFailure } from "../terminal/command-failure.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { pass, type Streams } from "../terminal/streams.ts";
import { lastLines } from "../processes/last-lines.ts";
import { logFile } from "../project/log-file.ts";
import { LogReader } from "../lifecycle/log-reader.ts";
import { findProjectAnyhow, type Project, named } from "../project/project.ts";

/** Options of `logs`. */
export interface LogsOptions extends GlobalOptions {
  follow?: boolean;
  lines?: number;
  /** Write the log to a terminal unchanged, control characters included. */
  raw?: boolean;
}

const DEFAULT_LINES = 100;

/** Polled, not watched: a watch follows the file, but the log is whichever file has the name. */
const LOOK_EVERY_MS = 100;

/** @throws CommandFailure 69 when there is no log, because no daemon was started; 77 when this user may not read it. */
export async function logs(
  { follow, raw, lines = DEFAULT_LINES, ...target }: LogsOptions,
  streams: Streams,
): Promise<void> {
  const env = { ...streams.env, ...named(target) };
  const project = findProjectAnyhow(target, env, (sentence) => streams.stderr.write(`${sentence}\n`));
  const reader = openReader(project, logFile(project, env), streams);
  try {
    const show = (text: string) => (raw ? pass(streams.stdout, text) : streams.stdout.write(text));
    show(lastLines(reader.read(), lines));
    if (follow) await followed(reader, show, streams);
  } finally {
    reader.close();
  }
}

function openReader({ app }: Project, file: string, { stderr }: Streams): LogReader {
  const failure = (reason: string, exitCode: number) =>
    new CommandFailure(`Cannot show the log of ${app}: ${reason}`, exitCode);
  // A running app goes on writing to a file that was renamed, until it is restarted.
  const renamed = existsSync(file) ? undefined : newestOf(file);
  if (renamed !== undefined) stderr.write(`"${file}" was renamed: this is the end of "${renamed}"\n`);
  try {
    return new LogReader(file, renamed);
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw failure(`there is none at "${file}"`, 69);
    if (hasCode(error, "EACCES")) throw failure(`this user may not read "${file}"`, 77);
    throw error;
  }
}

/** The file that logrotate or remsh has last renamed: `shop.log.1`, `shop.log-20250114`. */
function newestOf(file: string): string | undefined {
  const folder = path.dirname(file);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const rotated = names.filter((name) => /^[.-]\d+$/.test(name.replace(path.basename(file), "")));
  const files = rotated.map((name) => path.join(folder, name));
  const when = (each: string) => statSync(each, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return files.sort((one, other) => when(other) - when(one))[0];
}

async function followed(reader: LogReader, show: (text: string) => void, { stdout }: Streams): Promise<void> {
  while (!stdout.isGone) {
    const text = reader.read();
    if (text === "") await sleep(LOOK_EVERY_MS);
    else show(text);
    await stdout.drained?.();
  }
}
