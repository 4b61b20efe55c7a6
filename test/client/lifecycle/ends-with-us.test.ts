import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { eventually, removeTemporary, start, stop, type Running } from "../../end-to-end/processes.ts";
import { mayUnshare } from "../../needing.ts";
import { makeProject } from "./project.ts";

const running: Running[] = [];
afterEach(() => Promise.all(running.splice(0).map((each) => stop(each))));
afterAll(removeTemporary);

const HOOK = 'echo $$ >"$REMSH_ROOT/id"\nsleep 600 &\necho begun\nwait';

test.each(["pre_start", "post_start"])("a hook of %s ends with a start that is killed", async (phase) => {
  const { startShop, shop, root } = makeProject({ hooks: { [`${phase}/10`]: HOOK } });
  const starting = startShop(["start"]);
  await starting.printed("begun");
  const id = readFileSync(path.join(root, "id"), "utf8").trim();
  starting.child.kill("SIGKILL");
  await eventually(() => isGone(id), "the hook and what it has started are gone");
  if (phase === "post_start") expect(await shop("stop", "--timeout", "5s")).toMatchObject({ code: 0 });
});

test("what a hook of a start that ended well has left behind is not ended with it", async () => {
  const hooks = { "pre_start/10": 'sleep 600 >/dev/null 2>&1 & echo $! >"$REMSH_ROOT/id"' };
  const { startShop, root } = makeProject({ hooks });
  const starting = startShop(["start"]);
  await starting.printed("open");
  await stop(starting, "SIGTERM");
  const id = readFileSync(path.join(root, "id"), "utf8").trim();
  expect(process.kill(Number(id), 0)).toBe(true);
  process.kill(Number(id), "SIGKILL");
});

test("a task of eval that never comes back ends with its client", async () => {
  const release = 'export const Job = { block() { console.log("pid", process.pid); for (;;); } };';
  const { startShop } = makeProject({ files: { "release.js": release } });
  const calling = startShop(["eval", "Job.block"]);
  await calling.printed("pid");
  const [, id = ""] = /pid (\d+)/.exec(calling.output.stdout) ?? [];
  calling.child.kill("SIGKILL");
  await eventually(() => isGone(id), "the process of the task is gone");
});

test.runIf(canMount())("a full runtime directory does not make a ready app one that is not", async () => {
  const hooks = { "pre_start/10": 'dd if=/dev/zero of="$REMSH_RUNTIME_DIR/full" bs=1k 2>/dev/null || true' };
  const { root, env } = makeProject({ hooks });
  const script = [
    'mount -t tmpfs -o size=64k,mode=700 none "$REMSH_RUNTIME_DIR" || exit 99',
    '"$0" daemon --wait 30s; echo "daemon $?"; "$0" ping --ready; "$0" daemon; echo "again $?"; rm "$REMSH_RUNTIME_DIR/full"; "$0" stop; echo "stop $?"',
  ].join("\n");
  const { stdout, stderr } = await start("unshare", ["-m", "sh", "-c", script, path.join(root, "bin/shop")], { env })
    .finished;
  expect(stdout, stderr).toBe("daemon 0\npong\nagain 75\nstop 0\n");
});

/** As root on Linux, outside of a container that forbids it. */
function canMount(): boolean {
  return process.getuid?.() === 0 && mayUnshare("-m", "true");
}

function isGone(id: string): boolean {
  try {
    const group = readFileSync(`/proc/${id}/stat`, "utf8");
    return group.includes(") Z ");
  } catch {
    return true;
  }
}
