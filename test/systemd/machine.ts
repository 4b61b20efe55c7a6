// A systemd for a test: machine.sh beside this file boots it in isolation from this machine.
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
import path from "node:path";
import { eventually, start, temporaryDirectory, type Finished } from "../end-to-end/processes.ts";
import { mayUnshare, missingHere } from "../needing.ts";
import { installLine } from "../programs.ts";

const SCRIPT = path.join(import.meta.dirname, "machine.sh");
/** Where a host with this hierarchy keeps systemd's process groups. The test can boot only on such a host. */
const GROUPS = "/sys/fs/cgroup/systemd";
const NAMESPACES = ["--mount", "--pid", "--fork", "--cgroup"];

/** A booted systemd. */
export interface Machine {
  /** Runs a command there, as root. */
  run: (...words: string[]) => Promise<Finished>;
  stop: () => Promise<void>;
}

/** Why no systemd can be booted here; undefined if one can. */
export function whyNoMachine(): string | undefined {
  if (process.getuid?.() !== 0) return "it takes root";
  if (!existsSync(path.join(GROUPS, "cgroup.procs"))) return "this host has no cgroup hierarchy of systemd's";
  if (!mayMakeGroups()) return "this host's cgroups cannot be written";
  // Debian's package of systemd-notify has systemd, too.
  const missing = missingHere("systemd-notify", "setpriv", "unshare", "nsenter", "mount");
  if (missing.length > 0) return installLine(missing);
  return mayUnshare(...NAMESPACES, "mount", "--make-rprivate", "/") ? undefined : "this host gives no namespaces";
}

/** A container may have them read-only. */
function mayMakeGroups(): boolean {
  const probe = `${groupOfTest()}-probe`;
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch {
    return false;
  }
}

function groupOfTest(): string {
  return path.join(GROUPS, `remsh-test-${process.pid}`);
}

/**
 * Boots a systemd in which `app` is /srv/shop, and the folders have the same paths as here. All of them are read-only.
 */
export async function bootMachine(app: string, folders: readonly string[]): Promise<Machine> {
  const group = groupOfTest();
  mkdirSync(group);
  const host = readlinkSync("/proc/self/ns/mnt");
  const words = [...NAMESPACES, "--kill-child", SCRIPT, host, temporaryDirectory(), app, ...folders];
  // The shell puts itself into the group, which then contains nothing else. None of its processes outlives this one.
  const join = 'echo $$ >"$0/cgroup.procs" && exec setpriv --pdeathsig=KILL unshare "$@"';
  const outside = start("sh", ["-c", join, group, ...words], {});
  const stop = async () => {
    outside.child.kill("SIGKILL");
    await outside.finished;
    await eventually(() => isRemoved(group), "its processes are gone");
  };
  const inside = await childOf(outside.child.pid ?? 0);
  const run = (...command: string[]) =>
    start("nsenter", [`--target=${inside}`, "--mount", "--pid", "--cgroup", "--root", "--wd=/", ...command], {})
      .finished;
  const isUp = async () => (await run("systemctl", "is-system-running")).stdout === "running\n";
  await eventually(isUp, `systemd has booted: ${outside.output.stderr}`).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { run, stop };
}

async function childOf(pid: number): Promise<number> {
  const read = () => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
  await eventually(() => read() > 0, "unshare has begun it");
  return read();
}

/** Groups can be removed from the innermost out, once they contain no process. */
function isRemoved(group: string): boolean {
  try {
    const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    if (!inner.every(({ name }) => isRemoved(path.join(group, name)))) return false;
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}

/** Writes a file on the machine. */
export async function writeIn(machine: Machine, file: string, text: string): Promise<void> {
  const { stderr, code } = await machine.run("sh", "-c", 'printf %s "$1" >"$2"', "sh", text, file);
  if (code !== 0) throw new Error(`Cannot write "${file}": ${stderr}`);
}
