// What the system holds an evaluator's process to, and that it does not outlive the app.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { eventually, removeTemporary, startApp, startRemsh, stop } from "../../end-to-end/processes.ts";

afterAll(removeTemporary);

const isLinux = process.platform === "linux";
const hasPrlimit = ["/usr/bin/prlimit", "/bin/prlimit"].some((file) => existsSync(file));

/** The processes that this one has started. */
function childrenOf(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8"));
  return lists.flatMap((list) => list.trim().split(" ").filter(Boolean)).map(Number);
}

/** Of `/proc/<pid>/stat`: after the name, which may hold anything. */
function stat(pid: number): { group: number; nice: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .map(Number);
  return { group: fields[2] ?? 0, nice: fields[16] ?? 0 };
}

/** Gone, or a zombie that a container's first process does not collect. */
function hasEnded(pid: number): boolean {
  try {
    return /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}

/** As /proc names them. In CI prlimit has to be installed. */
const LIMITS = {
  "Max cpu time": "120",
  "Max data size": "268435456",
  "Max core file size": "0",
  ...((hasPrlimit || process.env.CI) && { "Max open files": "0 +0" }),
};

test.runIf(isLinux)(
  "an evaluator has its limits, its oom_score_adj and a group of its own, and ends with the app that is killed",
  async () => {
    const app = await startApp("shop.mjs");
    const running = startRemsh(["rpc", "print('begun'); for (;;);"], { env: app.env });
    await running.printed("begun");
    const [pid = 0, ...others] = childrenOf(app.pid);
    expect(others).toEqual([]);
    const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
    for (const [name, limit] of Object.entries(LIMITS)) expect(limits).toMatch(new RegExp(`^${name} +${limit} `, "m"));
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8")).toBe("1000\n");
    expect(stat(pid)).toEqual({ group: pid, nice: 10 });
    const watching = childrenOf(pid);
    expect(watching).toHaveLength(1);
    await stop(app);
    // Long before its CPU time is used up.
    await eventually(() => [pid, ...watching].every(hasEnded), "the evaluator's end");
    expect((await running.finished).code).toBe(69);
  },
);
