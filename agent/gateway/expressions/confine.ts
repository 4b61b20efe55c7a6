// How an evaluator's process is started, and what the system holds it to. Whoever leaves vm2 stands in a process without
// variables, files, children and sockets, and with little memory; docs/security.md says which of it holds where.
import { spawn } from "node:child_process";
import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

/** Megabytes of V8's heap: an expression that fills it ends with its process. */
const HEAP_MB = 128;

/** Kilobytes of everything that a process can write to in its memory: heap, Buffers, stacks. */
const DATA_KB = 256 * 1024;

/** Seconds of CPU time: ends a loop when the gateway is no longer there to end it. */
const CPU_SECONDS = 120;

/** How far the app comes first where the two compete for a processor. */
const NICENESS = 10;

/** The system's own programs; the app's PATH is not asked. */
const SHELL = "/bin/sh";
const PRLIMIT = ["/usr/bin/prlimit", "/bin/prlimit"];

/**
 * Ends the process with the app, even where code keeps it from reading its stdin: a shell waits for the end of descriptor 3,
 * whose other end is the app's, and kills the group. It is part of the group, which therefore cannot have become another's.
 */
const WATCH = "{ read -r _; kill -9 -$$; } <&3 >/dev/null 2>&1 &";

/** A program and its arguments. */
export interface Command {
  program: string;
  args: string[];
  /** Whether the program reads descriptor 3, and ends when that does. */
  isWatched: boolean;
}

/**
 * The command that starts an evaluator whose code is `file`, with Node's options beside ours. The limits are the shell's
 * `ulimit`; where there is no shell, the gateway's own check of its memory remains.
 */
export function sandboxCommand(file: string, options: string[] = []): Command {
  const { entry, folders } = locateVm2();
  const flags = [
    "--no-warnings",
    // Without a compiler there is less to attack, and no memory that is reserved for its code.
    "--jitless",
    `--max-old-space-size=${HEAP_MB}`,
    "--max-semi-space-size=8",
    "--v8-pool-size=1",
    "--preserve-symlinks",
    process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission",
    ...[file, ...folders].map((readable) => `--allow-fs-read=${readable}`),
    ...options,
  ];
  const args = [...flags, file, entry];
  if (!existsSync(SHELL)) return { program: process.execPath, args, isWatched: false };
  const limits = `ulimit -c 0; ulimit -f 0; ulimit -t ${CPU_SECONDS}; ulimit -d ${DATA_KB}`;
  const script = `{ ${limits}; } 2>/dev/null; ${WATCH} exec "$0" "$@" 3<&-`;
  return { program: SHELL, args: ["-c", script, process.execPath, ...args], isWatched: true };
}

/** Makes the process the kernel's first choice when memory runs out, before the app. */
export function yieldMemory(pid: number): void {
  try {
    if (process.platform === "linux") writeFileSync(`/proc/${pid}/oom_score_adj`, "1000");
  } catch {
    // A system that does not let us, or a process that is gone already: the limits hold without it.
  }
}

/** Puts the process behind the app where the two compete for a processor. */
export function yieldProcessor(pid: number): void {
  try {
    os.setPriority(pid, NICENESS);
  } catch {
    // As above.
  }
}

/**
 * Takes from a process that has loaded everything the right to open anything more: files, sockets, processes, threads.
 * Where the system has no `prlimit` the process stays as it is; it is true when it was done.
 */
export function seal(pid: number): Promise<boolean> {
  const program = PRLIMIT.find((file) => existsSync(file));
  if (program === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const args = ["--pid", String(pid), "--nofile=0:0", "--nproc=0:0"];
    const child = spawn(program, args, { env: {}, stdio: "ignore" });
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

/**
 * vm2's main file, and the folders that loading it reads: its own and those of what it depends on. Under pnpm these are links,
 * which the permission model does not let Node resolve: with --preserve-symlinks they are read under their own names.
 */
function locateVm2(): { entry: string; folders: string[] } {
  const entry = realpathSync(createRequire(import.meta.url).resolve("vm2"));
  const searched = createRequire(entry).resolve.paths("acorn") ?? [];
  const dependencies = ["acorn", "acorn-walk"].flatMap((name) => {
    const found = searched.find((folder) => existsSync(path.join(folder, name)));
    return found === undefined ? [] : [path.join(found, name)];
  });
  const real = dependencies.map((folder) => realpathSync(folder));
  const folders = new Set([path.dirname(entry), ...dependencies, ...real]);
  return { entry, folders: [...folders].map((folder) => `${folder}${path.sep}`) };
}
