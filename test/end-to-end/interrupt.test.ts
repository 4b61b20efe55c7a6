// Ctrl-C while a task runs: by signal, and typed in a real terminal.
import { execFileSync } from "node:child_process";
import { connect, createServer, type Socket } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REMSH, eventually, removeTemporary, startApp, startRemsh, temporaryDirectory, type App } from "./processes.ts";
import { needing } from "../needing.ts";

let app: App;
beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

const CANCELLING = (task: string) => `Cancelling "${task}" (Ctrl-C again leaves it running)\n`;

test("the first cancels the task, waits until it has stopped, and exits 130", async () => {
  const call = startRemsh(["rpc", "Job.wait"], { env: app.env });
  await call.printed("waiting\n");
  call.child.kill("SIGINT");
  expect(await call.finished).toEqual({
    stdout: "waiting\n",
    stderr: `${CANCELLING("Job.wait")}Cancelled "Job.wait": the task stopped\n`,
    code: 130,
  });
  expect((await app.remsh("runs")).stdout).toBe("no runs in flight\n");
});

test("the second leaves the task running and says its id, by which it can be listed and cancelled", async () => {
  const call = startRemsh(["rpc", "Job.stubborn", "60000"], { env: app.env });
  await call.printed("stubborn\n");
  call.child.kill("SIGINT");
  await call.printed("Ctrl-C again");
  call.child.kill("SIGINT");
  const { stdout, stderr, code } = await call.finished;
  const run = /as run (\w+)\n/.exec(stderr)?.[1] ?? "";
  expect({ stdout, stderr, code }).toEqual({
    stdout: "stubborn\n",
    stderr: `${CANCELLING("Job.stubborn")}Left "Job.stubborn" running as run ${run}\n`,
    code: 130,
  });
  expect((await app.remsh("runs")).stdout).toMatch(new RegExp(`^${run} {2}Job.stubborn {2}cancelling for .+\n$`));
  expect(await app.remsh("cancel", "--wait", "50ms", run)).toEqual({
    stdout: "",
    stderr: `Cancelled run ${run}, but its task still runs after 50 ms\n`,
    code: 75,
  });
});

test("with --json both say so in JSON, and stdout holds nothing else", async () => {
  const call = startRemsh(["rpc", "--json", "Job.wait"], { env: app.env });
  await call.printed("waiting");
  call.child.kill("SIGINT");
  const { stdout, code } = await call.finished;
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect({ events, code }).toMatchObject({
    events: [
      { event: "output", text: "waiting\n" },
      { event: "error", error: { family: "rpc", code: "CANCELLED", state: "stopped" }, exitCode: 130 },
    ],
    code: 130,
  });
});

test("one that overtakes the call cancels it all the same", async () => {
  const door = await holdFirstConnection(app.socket);
  const call = startRemsh(["--socket", door.socket, "rpc", "Job.wait"]);
  await door.arrived;
  call.child.kill("SIGINT");
  // The cancel is answered with "no such run" before the call is let through.
  await door.overtaken;
  door.letThrough();
  const { stderr, code } = await call.finished;
  expect({ stderr, code }).toEqual({
    stderr: expect.stringMatching(/Cancelled "Job.wait": the task (stopped|did not start)\n$/) as string,
    code: 130,
  });
  await door.close();
});

interface Door {
  socket: string;
  /** The first connection has sent its request, which is held. */
  arrived: Promise<void>;
  /** A later connection has had its whole answer. */
  overtaken: Promise<void>;
  letThrough(): void;
  close(): Promise<void>;
}

/** A socket before the app's, which lets every connection through but the first. */
async function holdFirstConnection(target: string): Promise<Door> {
  const socket = path.join(temporaryDirectory(), "door.sock");
  const waiting: Socket[] = [];
  let arrive: () => void = () => {};
  let overtake: () => void = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const overtaken = new Promise<void>((resolve) => (overtake = resolve));
  const pass = (client: Socket) => client.pipe(connect(target)).pipe(client);
  const server = createServer((client) => {
    client.on("error", () => {}); // the command goes away when it is done
    if (waiting.push(client) > 1) return void pass(client).on("finish", overtake);
    client.once("readable", arrive);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { socket, arrived, overtaken, letThrough: () => waiting[0] && pass(waiting[0]), close };
}

needing("tmux").describe("in a terminal", () => {
  const server = `remsh-${process.pid}`;
  const tmux = (...words: string[]) => execFileSync("tmux", ["-L", server, ...words], { encoding: "utf8" });
  const screen = () => tmux("capture-pane", "-p", "-t", "test");
  const shows = (text: string) => eventually(() => screen().includes(text), `the terminal shows ${text}`);
  beforeAll(() => {
    const variables = Object.entries({ ...app.env, PS1: "$ " }).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
    tmux("-f", "/dev/null", "new-session", "-d", "-s", "test", "-x", "120", "-y", "30", ...variables, "sh");
  });
  afterAll(() => {
    tmux("kill-server");
  });

  test("Ctrl-C cancels, with the progress left on its line", async () => {
    tmux(
      "send-keys",
      "-t",
      "test",
      `${process.execPath} ${REMSH} rpc Job.wait --ms 20000 --steps 100; echo "code $?"`,
      "Enter",
    );
    await shows("1/100 step");
    tmux("send-keys", "-t", "test", "C-c");
    await shows("code 130");
    expect(screen()).toMatch(
      /waiting\n\d+\/100 step\^C\nCancelling "Job.wait" \(Ctrl-C again leaves it running\)\n(?:\d+\/100 step\n)*Cancelled "Job.wait": the task stopped\ncode 130/,
    );
  });

  test("a second Ctrl-C says below it which run it leaves", async () => {
    tmux(
      "send-keys",
      "-t",
      "test",
      `clear; ${process.execPath} ${REMSH} rpc Job.stubborn 60000; echo "co""de $?"`,
      "Enter",
    );
    // The task's own line: the command line has the word, too.
    await eventually(() => /^stubborn$/m.test(screen()), "the task prints");
    tmux("send-keys", "-t", "test", "C-c");
    await shows("Ctrl-C again");
    tmux("send-keys", "-t", "test", "C-c");
    await shows("code 130");
    expect(screen()).toMatch(/leaves it running\)\n\^C\nLeft "Job.stubborn" running as run \w+\ncode 130/);
  });

  test("values have colours, unless NO_COLOR or a dumb terminal says not", async () => {
    const show = `${process.execPath} ${REMSH} rpc Value.instance`;
    tmux("send-keys", "-t", "test", `clear; ${show}; NO_COLOR=1 ${show}; TERM=dumb ${show}; echo en''d`, "Enter");
    await shows("end");
    const lines = tmux("capture-pane", "-p", "-e", "-t", "test")
      .split("\n")
      .filter((line) => line.includes("items"));
    expect(lines.map((line) => line.includes("\u001b[32m"))).toEqual([true, false, false]);
  });
});
