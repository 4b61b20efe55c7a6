import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client, RunOutput } from "remsh/client";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";
import { callOf, openRaw } from "./raw.ts";

afterAll(removeTemporary);

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("printer.mjs", { env: { REMSH_APP: "printer", NODE_DEBUG: "printer" } });
  client = await app.connect();
});
afterAll(async () => {
  await client.close();
  await app.stop();
});

interface Heard {
  stdout: string;
  stderr: string;
  result: unknown;
}

async function hear(task: string, args: unknown[] = []): Promise<Heard> {
  const heard = { stdout: "", stderr: "" };
  const onOutput = ({ stream, text = "" }: RunOutput) => (heard[stream ?? "stdout"] += text);
  const result = await client.call(task, args, { onOutput });
  return { ...heard, result };
}

async function askApp(path: string): Promise<{ same: boolean; tracks: boolean; inRun: boolean }> {
  const response = await fetch(`http://127.0.0.1:${app.port}${path}`);
  return (await response.json()) as { same: boolean; tracks: boolean; inRun: boolean };
}

test("thirty runs at once each get their own output, from any depth", async () => {
  const names = Array.from({ length: 30 }, (_, index) => `r${index}-`);
  const all = await Promise.all(names.map((name) => hear("Print.deep", [name, 5])));
  all.forEach(({ stdout, stderr }, index) => {
    const name = names[index] ?? "";
    expect(stdout).toBe([0, 1, 2, 3, 4].map((step) => `${name}${step} `).join(""));
    expect(stderr).toBe(`${name}\n`.repeat(5));
  });
  expect(new Set(all.map(({ result }) => result)).size).toBe(30);
});

test("stdout and stderr arrive apart and in the order in which they were printed", async () => {
  const order: string[] = [];
  await client.call("Print.interleaved", [], { onOutput: ({ stream, text }) => order.push(`${stream} ${text}`) });
  expect(order).toEqual([
    "stdout out 0\n",
    "stderr err 0\n",
    "stdout out 1\n",
    "stderr err 1\n",
    "stdout out 2\n",
    "stderr err 2\n",
  ]);
});

test("all output precedes the one response, and is counted", async () => {
  const raw = await openRaw(app);
  raw.send(callOf(1, "Print.interleaved", { run: "counted" }));
  await raw.response(1);
  expect(raw.messages.map(({ method, id, params }) => [method ?? id, params?.seq])).toEqual([
    ...[1, 2, 3, 4, 5, 6].map((seq) => ["run.output", seq]),
    [1, undefined],
  ]);
  await raw.close();
});

test("what is printed with print and printErr is not in the app's own output, what is logged is", async () => {
  expect(await hear("Print.toCaller")).toMatchObject({
    stdout: "for the caller alone\nfor both\n",
    stderr: "for the caller alone\n",
  });
  await eventually(() => app.output.stdout.includes("for both"), "the app printed it");
  expect(app.output.stdout + app.output.stderr).not.toContain("for the caller alone");
});

test("util.debuglog is heard", async () => {
  expect((await hear("Print.debuglog")).stderr).toMatch(/^PRINTER \d+: from debuglog\n$/);
});

test("winston's Console transport is heard", async () => {
  expect(await hear("Print.winston")).toMatchObject({ stdout: "from winston\n" });
});

test("pino writes past the process's streams and is not heard; given process.stdout it is", async () => {
  expect(await hear("Print.pinoDefault")).toMatchObject({ stdout: "", stderr: "" });
  expect(await hear("Print.pinoStream")).toMatchObject({ stdout: '{"level":30,"msg":"from pino"}\n' });
  await eventually(() => app.output.stdout.split("from pino").length === 3, "both reach the app's own output");
});

test("what goes past the process's streams is not heard, and reaches the app's own output", async () => {
  expect(await hear("Print.past")).toMatchObject({ stdout: "", stderr: "" });
  await eventually(() => /past the streams\n[^]*a child/.test(app.output.stdout), "the app's stdout has both");
});

test("characters that are split between writes arrive whole", async () => {
  expect((await hear("Print.bytes")).stdout).toBe("€😀\n€\n\ufffd");
  expect((await hear("Print.view")).stdout).toBe("view\n");
  expect((await hear("Print.surrogate")).stdout).toBe(`${"😀".repeat(70_000)}\n`);
});

test("what the stream refuses, it refuses to the task as it would outside of a run", async () => {
  expect(await hear("Print.refused")).toMatchObject({ stdout: "", result: "ERR_INVALID_ARG_TYPE" });
});

test("a write's callback is called", async () => {
  expect(await hear("Print.callback")).toMatchObject({ stdout: "with callback\n" });
});

test("output still reaches the app's own output", async () => {
  await hear("Print.winston");
  await eventually(() => app.output.stdout.includes("from winston\n"), "the app's stdout has it");
});

test("what is printed outside of a run belongs to none", async () => {
  const run = hear("Print.deep", ["mine", 20]);
  expect(await askApp("/print")).toMatchObject({ inRun: false });
  expect((await run).stdout).not.toContain("outside");
  await eventually(() => app.output.stdout.includes("outside of any run"), "the app printed it");
});

test("what a run leaves behind prints to nobody, also while others run", async () => {
  await hear("Print.background");
  const { stdout } = await hear("Print.deep", ["mine", 10]);
  expect(stdout).not.toContain("tick");
  await hear("Print.stop");
  expect((await hear("Print.outlive")).stdout).toBe("");
  await eventually(() => app.output.stdout.includes("after the end"), "the app printed it");
});

test("promises are tracked only while runs are in flight, and for a moment after", async () => {
  await hear("Print.winston");
  await eventually(async () => (await askApp("/")).tracks === false, "promises are tracked no more");
});

// The last one: it closes the agent.
test("closing the agent gives the app its streams back", async () => {
  expect(await askApp("/")).toMatchObject({ same: false });
  expect(await askApp("/close")).toMatchObject({ same: true, inRun: false });
  expect(await askApp("/print")).toMatchObject({ same: true });
});
