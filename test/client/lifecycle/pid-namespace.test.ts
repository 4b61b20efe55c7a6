import { existsSync, readlinkSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { NODE, removeTemporary, start, stop, type Finished, type Running } from "../../end-to-end/processes.ts";
import { mayUnshare } from "../../needing.ts";
import { makeProject, type TestProject } from "./project.ts";

const running: Running[] = [];
afterEach(async () => {
  // By SIGKILL, since unshare takes no notice of the others.
  await Promise.all(running.splice(0).map((each) => stop(each)));
});
afterAll(removeTemporary);

/** As a container has them: process ids of its own, and a /proc that shows them. */
const OWN_IDS = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const MAY_UNSHARE = mayUnshare(...OWN_IDS, "true");

function isolated(script: string, { root, env }: TestProject): Running {
  const started = start("unshare", [...OWN_IDS, "sh", "-c", script], { env: { ...env, NODE }, cwd: root });
  running.push(started);
  return started;
}

/** The app without `start`: nobody stands by it. */
function startApp({ root, env }: TestProject): Running {
  const started = start(NODE, ["--import", "remsh/register", "server.js"], { env, cwd: root });
  running.push(started);
  return started;
}

/** Runs the command where another process has the id that the app has at home, and says what became of that one. */
async function besideStranger(words: string, project: TestProject): Promise<Finished> {
  const script = `sleep 600 & bin/shop ${words}; echo "exit $?"; kill -0 $! && echo "$! lives"`;
  return isolated(script, project).finished;
}

describe.skipIf(!MAY_UNSHARE)(
  "in another pid namespace (skipped where unshare may not make one: it needs root)",
  () => {
    test.each(["stop", "restart"])(
      "%s touches neither the app nor whoever has its id here, and exits 77",
      async (command) => {
        const project = makeProject({ hooks: { "pre_stop/10": 'touch "$REMSH_ROOT/hook-ran"' } });
        isolated('"$NODE" --import remsh/register server.js & wait', project);
        const { shop, root } = project;
        expect(await shop("ping", "--wait", "20s")).toMatchObject({ code: 0 });
        expect((await shop("pid")).stdout).toBe("2\n");
        expect(await besideStranger(command, project)).toEqual({
          stdout: "exit 77\n2 lives\n",
          stderr: `Cannot ${command} shop 2: it runs in another pid namespace, as in a container of its own (do it from there)\n`,
          code: 0,
        });
        expect(await shop("ping", "--ready")).toMatchObject({ stdout: "pong\n" });
        expect(existsSync(path.join(root, "hook-ran"))).toBe(false);
      },
    );

    test("stop within the app's own ends it", async () => {
      const project = makeProject();
      const script =
        '"$NODE" --import remsh/register server.js & bin/shop ping --wait && bin/shop stop; echo "exit $?"; wait';
      const { stdout } = await isolated(script, project).finished;
      expect(stdout.split("\n").sort()).toEqual(["", "SIGTERM", "exit 0", "open []", "pong"]);
    });
  },
);

test("a socket that somebody answers at stays, where an agent that does not say its namespace has another process", async () => {
  const { shop, env } = makeProject();
  const stranger = start("sleep", ["600"], {});
  running.push(stranger);
  const socket = path.join(env.REMSH_RUNTIME_DIR ?? "", "before.sock");
  const answer = { status: "ok", app: "shop", version: "1.0.0", instance: "2", pid: stranger.child.pid };
  const agent = createServer((_request, response) => {
    response.end(`${JSON.stringify({ ...answer, protocol: "remsh.v1" })}\n`);
  });
  await new Promise<void>((resolve) => agent.listen(socket, resolve));
  await shop("--socket", socket, "stop");
  expect(existsSync(socket)).toBe(true);
  agent.close();
});

// Of a user other than root every process that answers is its own.
test.runIf(process.getuid?.() === 0)("stop of a process that may not be signalled exits 77", async () => {
  const release = "export const Release = { leave() { process.setuid(65534); } };";
  const project = makeProject({ files: { "release.js": release } });
  const app = startApp(project);
  const { shop, root, env } = project;
  await shop("ping", "--wait", "20s");
  await shop("rpc", "Release.leave");
  const words = ["--bounding-set=-kill", path.join(root, "bin/shop"), "stop"];
  const id = app.child.pid;
  expect(await start("setpriv", words, { env }).finished).toEqual({
    stdout: "",
    stderr: `Cannot stop shop ${id}: you may not signal process ${id}\n`,
    code: 77,
  });
  expect(await shop("ping", "--ready")).toMatchObject({ stdout: "pong\n" });
});

test("an agent says in which pid namespace it is, where the system has them", async () => {
  const project = makeProject();
  startApp(project);
  const { shop } = project;
  await shop("ping", "--ready", "--wait", "20s");
  const { pid, pidNamespace } = JSON.parse((await shop("ping", "--json")).stdout) as Record<string, unknown>;
  const link = `/proc/${Number(pid)}/ns/pid`;
  expect(pidNamespace).toBe(existsSync(link) ? readlinkSync(link) : undefined);
});
