// stdout that does not take what is written: a reader that goes away, one that is slow, a disk that is full.
import { once } from "node:events";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NODE, REMSH, eventually, removeTemporary, start, startApp, type App } from "./processes.ts";
import { project } from "./registered.ts";

let app: App;
beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

/** A line of `--json`. */
interface Event {
  event: string;
  text?: string;
  dropped?: { lines: number; bytes: number };
}

/** Runs a line of bash in which `remsh` is the command line. */
function bash(line: string) {
  const script = `remsh() { ${process.execPath} ${REMSH} "$@"; }; set -o pipefail; ${line}`;
  return start("bash", ["-c", script], { env: app.env }).finished;
}

test("a reader that has seen enough does not end the run, whose outcome stays the exit code", async () => {
  expect(await bash("remsh rpc Print.flood 2000 | head -1")).toEqual({
    stdout: expect.stringMatching(/^line 0 x+\n$/) as string,
    stderr: "",
    code: 0,
  });
  expect(await bash('(remsh rpc Job.wait --ms 100 --steps 2; echo "code $?" >&2) | true')).toEqual({
    stdout: "",
    stderr: "1/2 step\n2/2 step\ncode 0\n",
    code: 0,
  });
  expect(await bash('(remsh rpc --timeout 200ms Job.wait; echo "code $?" >&2) | true')).toMatchObject({
    stderr: expect.stringMatching(/code 75\n$/) as string,
  });
});

test.each(["ping", "tasks", "status", "--help", "rpc Throw.string", "nonsense"])(
  "%s to a reader that is gone is quiet about it",
  async (words) => {
    const { stderr } = await bash(`sleep 0.01; remsh ${words} > >(exec true)`);
    expect(stderr).not.toMatch(/EPIPE|at |fault/);
  },
);

test
  .skipIf(!existsSync("/dev/full"))
  .each([["ping"], ["--json ping"], ["status"], ["rpc Value.text"], ["--help"], ["completion bash"]])(
  "%s to a full disk exits 74 and says so",
  async (words) => {
    expect(await bash(`remsh ${words} > /dev/full`)).toEqual({
      stdout: "",
      stderr: "Cannot write to stdout: ENOSPC: no space left on device, write\n",
      code: 74,
    });
  },
);

test.skipIf(!existsSync("/dev/full"))(
  "an app that prints to a full disk ends as it does without its agent",
  async () => {
    const agent = `import { startAgent } from "remsh";
    if (process.argv[2] === "agent") await startAgent({ tasks: { Release: { version: () => 1 } } });`;
    const { directory, env } = project({
      "package.json": '{ "name": "full", "type": "module" }',
      "once.js": `${agent} console.log("once"); setTimeout(() => console.error("goes on"), 50);`,
      "often.js": `${agent} setInterval(() => console.log("again"), 50);`,
    });
    // Node's own frames depend on what else was due in that turn of the event loop.
    const run = async (words: string) => {
      const ended = await start("bash", ["-c", `${NODE} ${words} > /dev/full`], { env, cwd: directory }).finished;
      return { ...ended, stderr: ended.stderr.replace(/^ {4}at .*node:.*\n/gm, "") };
    };
    const [once, onceWithout, often, oftenWithout] = await Promise.all(
      ["once.js agent", "once.js", "often.js agent", "often.js"].map(run),
    );
    expect(onceWithout).toEqual({ stdout: "", stderr: "goes on\n", code: 0 });
    expect(once).toEqual(onceWithout);
    expect(oftenWithout).toMatchObject({ code: 1, stderr: expect.stringContaining("ENOSPC") as string });
    expect(often).toEqual(oftenWithout);
  },
);

test.skipIf(!existsSync("/dev/full"))("a failure keeps its own exit code on a full disk", async () => {
  expect(await bash("remsh --json rpc Throw.verdict > /dev/full")).toMatchObject({ code: 75 });
  expect(await bash("remsh rpc Throw.verdict 2> /dev/full")).toEqual({ stdout: "", stderr: "", code: 75 });
});

/** Runs a command, and reads nothing of its stdout until the one run of the app is over. */
async function readLate(...words: string[]) {
  const child = spawn(process.execPath, [REMSH, ...words], {
    env: { PATH: process.env.PATH, ...app.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const client = await app.connect();
  await eventually(async () => (await client.runs()).length === 1, "the run has begun");
  await eventually(async () => (await client.runs()).length === 0, "the run is over");
  await client.close();
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(line);
  await closed;
  return { lines, stderr, code: child.exitCode };
}

test("a slow reader gets every line that is not said to be dropped, and the command stays small", async () => {
  const { lines, stderr, code } = await readLate("rpc", "Print.flood", "400000", "2000");
  const dropped = [...stderr.matchAll(/… ([\d,]+) lines dropped/g)].reduce(
    (sum, [, n = ""]) => sum + Number(n.replaceAll(",", "")),
    0,
  );
  expect({ dropped: dropped > 0, total: lines.length + dropped, code }).toEqual({
    dropped: true,
    total: 400_001,
    code: 74,
  });
  expect(stderr).toMatch(
    new RegExp(
      `\nCannot show all that was printed: ${dropped.toLocaleString("en")} lines \\([\\d,]+ bytes\\) of stdout were dropped.*\n$`,
    ),
  );
});

test("with --json the last line tells a slow reader how much was dropped in all", async () => {
  const { lines, code } = await readLate("--json", "rpc", "Print.flood", "400000", "2000");
  const events = lines.map((line) => JSON.parse(line) as Event);
  const sum = { lines: 0, bytes: 0 };
  let printed = "";
  for (const { event, text, dropped } of events) {
    if (event !== "output") continue;
    printed += text ?? "";
    sum.lines += dropped?.lines ?? 0;
    sum.bytes += dropped?.bytes ?? 0;
  }
  expect(sum.lines).toBeGreaterThan(0);
  expect(printed.split("\n").length - 1 + sum.lines).toBe(400_000);
  expect({ last: events.at(-1), code }).toMatchObject({
    last: { event: "result", outcome: "returned", dropped: sum },
    code: 74,
  });
});
