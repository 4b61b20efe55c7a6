// Starts real processes for the tests: an app with its agent, and the command line. REMSH_TEST_NODE names the Node for
// both, so that `npm run test:nodes` can test every version.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { connect as connectClient, type Client } from "remsh/client";
import { PATIENCE_MS } from "../patience.ts";
import { runInProcess, runsInProcess } from "./in-process.ts";

/** The Node that the app and the command line run on. */
export const NODE = process.env.REMSH_TEST_NODE ?? process.execPath;
const HERE = path.dirname(fileURLToPath(import.meta.url));

/** The built command line. */
export const REMSH = path.join(HERE, "../../dist/remsh.cjs");

/** The result of a finished process, asserted as one value. */
export interface Finished {
  stdout: string;
  stderr: string;
  code: number | null;
}

/** A process that was started, with what it has printed so far. */
export interface Running {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  /** Resolves when the text has been printed on either stream. */
  printed: (text: string) => Promise<void>;
  finished: Promise<Finished>;
}

/** An app with its agent. */
export interface App extends Running {
  pid: number;
  /** REMSH_RUNTIME_DIR and REMSH_APP, for commands that should find it. */
  env: Record<string, string>;
  socket: string;
  /** Port of the fixture's own HTTP server. */
  port: number;
  remsh(...words: string[]): Promise<Finished>;
  connect(): Promise<Client>;
  stop(): Promise<void>;
}

/** Options of {@link startApp}. */
export interface StartOptions {
  /** Words after the fixture's name. */
  args?: string[];
  /** Node's own options. */
  nodeArgs?: string[];
  env?: Record<string, string>;
  /** Share the runtime directory of another app. */
  beside?: App;
}

/** A fresh, empty directory that is removed with {@link removeTemporary}. */
export function temporaryDirectory(): string {
  // Short: a socket's path has at most 103 bytes.
  const directory = mkdtempSync(path.join(os.tmpdir(), "rs-"));
  temporary.push(directory);
  return directory;
}

/** Removes what {@link temporaryDirectory} made in this test file. */
export function removeTemporary(): void {
  for (const directory of temporary.splice(0)) rmSync(directory, { recursive: true, force: true });
}

const temporary: string[] = [];

/** Starts a fixture of fixtures/ and waits for the JSON line which says that it is up. */
export async function startApp(fixture: string, options: StartOptions = {}): Promise<App> {
  const runtimeDirectory = options.beside?.env.REMSH_RUNTIME_DIR ?? temporaryDirectory();
  const env = { REMSH_RUNTIME_DIR: runtimeDirectory, REMSH_APP: "shop", ...options.env };
  const file = path.join(HERE, "fixtures", fixture);
  const running = start(NODE, [...(options.nodeArgs ?? []), file, ...(options.args ?? [])], { env });
  await Promise.race([running.printed("}\n"), running.finished.then(complain)]);
  const { port, socket } = JSON.parse(running.output.stdout.split("\n")[0] ?? "") as { port: number; socket: string };
  return {
    ...running,
    pid: running.child.pid ?? 0,
    env,
    port,
    socket,
    remsh: (...words) => remsh(words, { env }),
    connect: () => connectClient({ socket }),
    stop: () => stop(running),
  };
}

/** Runs the command line to its end: in this process if that gives the same result, otherwise in a separate one. */
export function remsh(
  words: string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Finished> {
  if (NODE !== process.execPath || options.cwd !== undefined || !runsInProcess(words))
    return startRemsh(words, options).finished;
  return runInProcess(words, { ...cleanEnvironment(), ...options.env });
}

/** Starts the command line and leaves it running. */
export function startRemsh(words: string[], options: { env?: Record<string, string>; cwd?: string } = {}): Running {
  return start(NODE, [REMSH, ...words], options);
}

/** Starts any program. */
export function start(
  program: string,
  words: string[],
  options: { env?: Record<string, string>; cwd?: string },
): Running {
  const child = spawn(program, words, {
    env: { ...cleanEnvironment(), ...options.env },
    cwd: options.cwd,
    stdio: "pipe",
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text));
  }
  const finished = once(child, "close").then(() => ({ ...output, code: child.exitCode }));
  return { child, output, finished, printed: (text) => printed(child, output, text) };
}

/** Ends a process and waits until it is gone. */
export async function stop({ child, finished }: Running, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await finished;
}

/** Asks until the condition holds; fails after a minute. For changes that no event announces. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited a minute in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function printed(child: ChildProcess, output: Running["output"], text: string): Promise<void> {
  const isThere = () => output.stdout.includes(text) || output.stderr.includes(text);
  if (isThere()) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (!isThere()) return;
      child.stdout?.off("data", look);
      child.stderr?.off("data", look);
      resolve();
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
  });
}

function complain({ stdout, stderr, code }: Finished): never {
  throw new Error(`The app ended with ${code} before it was up:\n${stdout}\n${stderr}`);
}

/** This process's environment without the variables that would change the child's behaviour. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(REMSH_|XDG_RUNTIME_DIR|NODE_|VITEST|NO_COLOR|FORCE_COLOR)/.test(name),
  );
  return Object.fromEntries(kept) as Record<string, string>;
}
