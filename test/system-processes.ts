// Lists the processes of this machine: from /proc on Linux, where `ps` may not be installed, and with `ps` elsewhere.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process of this machine. */
export interface SystemProcess {
  pid: number;
  parent: number;
  /** The command line, its words separated by spaces. */
  command: string;
  /** Its variables; "" if this user may not read them. */
  environment: string;
}

/** All processes of this machine. */
export function systemProcesses(): SystemProcess[] {
  return process.platform === "linux" ? fromProc() : fromPs();
}

/** The id of the parent of the process with the given id; throws where it is gone. */
export function parentOf(pid: number): number {
  const found = systemProcesses().find((each) => each.pid === pid);
  if (!found) throw new Error(`No process has the id ${pid}`);
  return found.parent;
}

/** Suspends the process. Resolves when none of its threads runs, which is a little after the signal was sent. */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  while (!isSuspended(pid)) await sleep(5);
}

function isSuspended(pid: number): boolean {
  if (process.platform !== "linux")
    return spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout.startsWith("T");
  return readdirSync(`/proc/${pid}/task`).every((id) => {
    const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
  });
}

function fromProc(): SystemProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        // The program's name, in parentheses, may contain spaces and parentheses itself.
        const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), parent: Number(parent), command, environment: environmentOf(name) }];
      } catch {
        return []; // it has ended since the folder was read
      }
    });
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // another user's
  }
}

/** With `ps`, the variables follow the words of the command line. */
function fromPs(): SystemProcess[] {
  const { stdout } = spawnSync("ps", ["axeww", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return { pid: Number(pid), parent: Number(parent), command, environment: "" };
    });
}

/** Where this process may make groups of processes (cgroup v2); undefined if nowhere. */
const GROUPS = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((folder) => existsSync(`${folder}/cgroup.procs`));

/**
 * Freezes the process, as `docker pause` does: unlike a suspended one, its state does not show it, and no signal but
 * SIGKILL reaches it. Resolves to what thaws it and removes its group; undefined if this user may not freeze here.
 */
export async function freeze(pid: number): Promise<(() => void) | undefined> {
  const group = `${GROUPS}/remsh-test-${pid}`;
  try {
    mkdirSync(group);
    writeFileSync(`${group}/cgroup.procs`, String(pid));
    writeFileSync(`${group}/cgroup.freeze`, "1");
  } catch {
    return undefined; // no cgroup v2, or not this user's
  }
  while (!readFileSync(`${group}/cgroup.events`, "utf8").includes("frozen 1")) await sleep(5);
  return () => {
    writeFileSync(`${group}/cgroup.freeze`, "0");
    try {
      writeFileSync(`${GROUPS}/cgroup.procs`, String(pid)); // an empty group can be removed
    } catch {
      // the process has ended
    }
    rmdirSync(group);
  };
}
