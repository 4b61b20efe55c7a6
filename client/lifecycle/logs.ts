// `logs`: the end of a daemon's log, and with --follow what is added to it until Ctrl-C.
import { closeSync, existsSync, openSync, readSync, statSync, watch } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { CommandFailure } from "../cli/command-failure.ts";
import type { GlobalOptions } from "../cli/global-options.ts";
import type { Streams } from "../cli/streams.ts";
import { lastLines } from "./last-lines.ts";
import { logFile } from "./log-file.ts";
import { findProject } from "./project.ts";
import { named } from "./start.ts";

/** Options of `logs`. */
export interface LogsOptions extends GlobalOptions {
  follow?: boolean;
  lines?: number;
}

const DEFAULT_LINES = 100;

/** As far back as the last lines are looked for. */
const TAIL_BYTES = 1024 * 1024;

/** @throws CommandFailure 69 when there is no log: no daemon was started. */
export async function logs({ follow, lines = DEFAULT_LINES, ...target }: LogsOptions, streams: Streams): Promise<void> {
  const env = { ...streams.env, ...named(target) };
  const project = findProject(target, env);
  const file = logFile(project, env);
  if (!existsSync(file))
    throw new CommandFailure(`Cannot show the log of ${project.app}: there is none at "${file}"`, 69);
  const reader = new LogReader(file, Math.max(0, statSync(file).size - TAIL_BYTES));
  streams.stdout.write(lastLines(reader.read(), lines));
  if (follow) await followed(reader, file, streams);
}

/** Until the process is ended, or its reader is gone: see process-streams.ts. */
function followed(reader: LogReader, file: string, { stdout }: Streams): Promise<never> {
  return new Promise((_resolve, reject) => {
    const watcher = watch(file, () => stdout.write(reader.read()));
    watcher.on("error", reject);
    // Between the first read and the watch.
    stdout.write(reader.read());
  });
}

/** Reads what has come since it read last. */
class LogReader {
  readonly #file: string;
  readonly #decoder = new StringDecoder("utf8");
  #position: number;

  constructor(file: string, position: number) {
    this.#file = file;
    this.#position = position;
  }

  read(): string {
    const { size } = statSync(this.#file);
    // It was emptied: what is in it now is new.
    if (size < this.#position) this.#position = 0;
    const descriptor = openSync(this.#file, "r");
    try {
      const buffer = Buffer.alloc(size - this.#position);
      const count = readSync(descriptor, buffer, 0, buffer.length, this.#position);
      this.#position += count;
      return this.#decoder.write(buffer.subarray(0, count));
    } finally {
      closeSync(descriptor);
    }
  }
}
