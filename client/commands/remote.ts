// `remote`: opens a console in the running app. On a terminal it is interactive; otherwise it reads source and prints
// results. Loaded only for this command: see build.mjs.
import os from "node:os";
import { findAgent } from "../find/discover.ts";
import type { Address } from "../wire/address.ts";
import { Deadline } from "../wire/deadline.ts";
import { ANSWER_LIMIT_MS } from "../wire/limits.ts";
import { bannerText, promptText } from "../console/banner.ts";
import { historyOf } from "../console/history.ts";
import { isSameProcess, reconnect, reunionText } from "../console/reconnect.ts";
import { RemoteConsole } from "../console/remote-console.ts";
import { SafeConsole } from "../console/safe-console.ts";
import { runScript, statementsOf } from "../console/script.ts";
import { ScriptDisplay } from "../console/script-display.ts";
import { Terminal } from "../console/terminal.ts";
import type { OpenConsole, Printed } from "../console/console-backend.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { reportFailure, UsageError } from "../terminal/failure.ts";
import { readSource, STDIN } from "./read-source.ts";
import type { Streams } from "../terminal/streams.ts";

/** Options of `remote`. */
export interface RemoteOptions extends GlobalOptions {
  /** One source, evaluated instead of what is typed. */
  eval?: string;
  /** Evaluate expressions over the tasks, in a process beside the app. */
  safe?: boolean;
  /** A file with the source. */
  file?: string;
  /** `-`: read statements from stdin, even from a terminal. */
  stdin?: string | undefined;
  /** False: do not evaluate the app's start file. */
  startFile?: boolean;
  /** How long an evaluation may stop the app. In a script: how long an evaluation may take. */
  timeoutMs?: number | undefined;
  /** Refused: see {@link refuseLossless}. */
  lossless?: boolean;
  /** Write what is printed and shown to a terminal unchanged, control characters included. */
  raw?: boolean;
}

/** Opens the console; resolves to the exit code. */
export async function remote(options: RemoteOptions, streams: Streams): Promise<number> {
  try {
    refuseLossless(options);
    // Read first: if the file is missing, no console is opened.
    const source = await sourceOf(options);
    const isTyped = source === undefined && options.stdin === undefined && process.stdin.isTTY && process.stdout.isTTY;
    const deadline = new Deadline(isTyped ? ANSWER_LIMIT_MS : options.timeoutMs);
    const address = await findAgent(options, streams.env);
    return await (isTyped
      ? sitAt(address, options, streams)
      : runSources({ address, deadline }, { ...options, source }, streams));
  } catch (error) {
    // Reported here, because the error classes of this bundle differ from those of the bundle that loaded it.
    return reportFailure(error, streams, options.json ?? false);
  }
}

/**
 * A console's code may print at any time, even long after its evaluation. With `--lossless` the app would stand still
 * until the output is read.
 */
function refuseLossless({ lossless }: RemoteOptions): void {
  if (lossless)
    throw new UsageError(
      "Cannot open a console with --lossless: the app would wait for it at any time (rpc --lossless and eval --lossless wait for a task's output)",
    );
}

async function sourceOf({ eval: source, file, stdin }: RemoteOptions): Promise<string | undefined> {
  if (stdin !== undefined && stdin !== STDIN)
    throw new UsageError(`Cannot run the command: "${stdin}" is not expected (-e evaluates it, --file a file)`);
  const given = Object.entries({ "--eval": source, "--file": file, "-": stdin }).filter(
    ([, value]) => value !== undefined,
  );
  const [[first] = [], [second] = []] = given;
  if (second !== undefined) throw new UsageError(`Cannot run the command: ${first} and ${second} exclude each other`);
  return file === undefined ? source : readSource(file);
}

async function runSources(
  { address, deadline }: { address: Address; deadline: Deadline },
  { source, json, raw, timeoutMs, safe }: RemoteOptions & { source: string | undefined },
  streams: Streams,
): Promise<number> {
  const display = new ScriptDisplay(streams, { json, raw });
  const onPrinted = (printed: Printed) => display.printed(printed);
  const opening = deadline.timeoutMs === undefined ? new Deadline(ANSWER_LIMIT_MS) : deadline;
  const backend = await openConsole({ address, safe, timeoutMs, onPrinted, deadline: opening });
  const sources = source === undefined ? statementsOf(process.stdin) : [source];
  try {
    // Statements from a pipe have the time each; a single source has it for the whole command.
    const deadlineOf = () => (source === undefined ? new Deadline(timeoutMs) : deadline);
    return display.end(await runScript(backend, { sources, display, deadlineOf }, streams.stdout));
  } finally {
    await backend.close();
    process.stdin.destroy(); // a pipe that stays open would keep this process
  }
}

async function sitAt(address: Address, options: RemoteOptions, { stdout, stderr, env }: Streams): Promise<number> {
  const { timeoutMs, safe, startFile = true, raw = false } = options;
  const printed: ((printed: Printed) => void)[] = [];
  const onPrinted = (text: Printed) => printed.forEach((hear) => hear(text));
  const opening = { address, safe, timeoutMs, startFile, onPrinted };
  const open = () => openConsole({ ...opening, deadline: new Deadline(ANSWER_LIMIT_MS) });
  const backend = await open();
  stdout.write(bannerText(backend));
  const { app } = backend.app;
  const { file: history, problem } = historyOf(app, env);
  if (problem !== undefined) stderr.write(`${problem}\n`);
  const terminal = new Terminal({ backend, env, history, raw });
  printed.push((text) => terminal.print(text));
  void terminal.begin(promptText(backend.app), backend.app.startFile);
  try {
    return await Promise.race([
      terminal.left.then(() => 0),
      keepConnected(terminal, backend, { label: address.label, open }),
    ]);
  } finally {
    terminal.close();
  }
}

/** Where a console is, and how to open it there. */
interface Place {
  label: string;
  open: () => Promise<OpenConsole>;
}

interface Opening {
  address: Address;
  deadline: Deadline;
  safe: boolean | undefined;
  timeoutMs: number | undefined;
  startFile?: boolean;
  onPrinted: (printed: Printed) => void;
}

function openConsole({ safe, ...options }: Opening): Promise<OpenConsole> {
  return safe ? SafeConsole.open(options) : RemoteConsole.open({ ...options, who: whoAmI() });
}

/** Connects to the instance again whenever the connection is lost; resolves when the user has left. */
async function keepConnected(terminal: Terminal, first: OpenConsole, { label, open }: Place): Promise<number> {
  const leaving = new AbortController();
  void terminal.left.then(() => leaving.abort());
  for (let backend = first; ;) {
    await Promise.race([backend.ended, terminal.left]);
    if (leaving.signal.aborted) {
      await backend.close();
      return 0;
    }
    terminal.say(`Lost ${label}: trying to reach it again (Ctrl-D leaves)`);
    const before = backend;
    backend = await reconnect(open, leaving.signal);
    terminal.say(reunionText(before, backend));
    terminal.replace(backend);
    // The same process still has the start file's declarations.
    const start = isSameProcess(before.app, backend.app) ? undefined : backend.app.startFile;
    void terminal.begin(promptText(backend.app), start);
  }
}

/** Names this user for anyone who finds the app blocked by this console. */
function whoAmI(): string {
  const { USER, LOGNAME } = process.env;
  return `${USER ?? LOGNAME ?? `uid ${process.getuid?.() ?? 0}`}@${os.hostname()}, pid ${process.pid}`;
}
