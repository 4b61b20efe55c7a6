// Starts a sandbox's process with limits from the operating system. Code that escapes vm2 finds a process without
// variables, files, child processes and sockets, and with little memory. docs/security.md says which limit holds on
// which system.
import { spawn } from "node:child_process";
import { existsSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { RpcError } from "../../../shared/errors.ts";

/** Megabytes of V8's heap. An expression that fills it ends with its process. */
const HEAP_MB = 128;

/** Kilobytes of all writable memory of the process: heap, Buffers, stacks. */
const DATA_KB = 256 * 1024;

/** Seconds of CPU time. This ends a loop when the gateway is no longer there to end it. */
const CPU_SECONDS = 120;

/** The niceness of the process: the app comes first when both want a processor. */
const NICENESS = 10;

/** System programs by full path: the app's PATH is not used. */
const SHELL = "/bin/sh";
const PRLIMIT = ["/usr/bin/prlimit", "/bin/prlimit"];

/**
 * Ends the process together with the app, even if its code does not read stdin. A shell waits for the end of descriptor
 * 3, whose other end the app holds, and kills the process group. The shell is part of the group, so the group's id
 * cannot have been reused.
 */
const WATCH = "{ read -r _; kill -9 -$$; } <&3 >/dev/null 2>&1 &";

/** A program and its arguments. */
export interface Command {
  program: string;
  args: string[];
  /** True if the program reads descriptor 3 and ends when that ends. */
  isWatched: boolean;
}

/**
 * The command that starts a sandbox with the code in `file`; `options` are more options for Node. The limits are set
 * by the shell's `ulimit`. Without a shell, the gateway's own memory check remains.
 */
export function sandboxCommand(file: string, options: string[] = []): Command {
  const { entry, folders } = locateVm2();
  const flags = [
    "--no-warnings",
    // Without a compiler there is less to attack, and no memory is reserved for its code.
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
    // The system does not allow it, or the process is already gone: the limits hold without it.
  }
}

/** Lowers the process's priority, so that the app comes first when both want a processor. */
export function yieldProcessor(pid: number): void {
  try {
    os.setPriority(pid, NICENESS);
  } catch {
    // As above.
  }
}

/**
 * Takes away the right to open anything more, from a process that has loaded everything: files, sockets, processes,
 * threads. Resolves when that was tried. On a system without `prlimit` the process stays as it is.
 */
export function seal(pid: number): Promise<void> {
  const program = PRLIMIT.find((file) => existsSync(file));
  if (program === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const args = ["--pid", String(pid), "--nofile=0:0", "--nproc=0:0"];
    const child = spawn(program, args, { env: {}, stdio: "ignore" });
    child.on("error", () => resolve());
    child.on("exit", () => resolve());
  });
}

/**
 * vm2's main file, and the folders that Node reads to load it: its own and those of its dependencies. Under pnpm these
 * are links, which the permission model does not let Node resolve. With --preserve-symlinks they are read under their
 * own names.
 *
 * @throws RpcError NOT_SUPPORTED when there are no such files.
 */
export function locateVm2(from: string = import.meta.url): { entry: string; folders: string[] } {
  const entry = realpathSync(resolveVm2(from));
  const searched = createRequire(entry).resolve.paths("acorn") ?? [];
  const dependencies = ["acorn", "acorn-walk"].flatMap((name) => {
    const found = searched.find((folder) => existsSync(path.join(folder, name)));
    return found === undefined ? [] : [path.join(found, name)];
  });
  const real = dependencies.map((folder) => realpathSync(folder));
  const folders = new Set([path.dirname(entry), ...dependencies, ...real]);
  return { entry, folders: [...folders].map((folder) => `${folder}${path.sep}`) };
}

function resolveVm2(from: string): string {
  try {
    return createRequire(from).resolve("vm2");
  } catch (cause) {
    const remedy = "npm ci; with Yarn's Plug'n'Play, nodeLinker: node-modules";
    const reason = `the package vm2 is not installed as files beside remsh (${remedy})`;
    throw new RpcError("NOT_SUPPORTED", `Cannot evaluate expressions: ${reason}`, { cause });
  }
}
