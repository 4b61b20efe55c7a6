import { statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client, RunOutput } from "remsh/client";
import {
  NODE,
  REMSH,
  eventually,
  removeTemporary,
  start,
  startApp,
  temporaryDirectory,
  type App,
} from "./processes.ts";
import { callOf, openRaw, type Message, type RawSocket } from "./raw.ts";

afterAll(removeTemporary);

const LINES = 500_000; // of 100 characters: 50 MB
const LINE_BYTES = `${"0".repeat(7)} ${"x".repeat(91)}\n`.length;
const MB = 1024 * 1024;

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("flood.mjs");
  client = await app.connect();
});
afterAll(async () => {
  await client.close();
  await app.stop();
});

async function rss(): Promise<number> {
  return (await client.ping()).rssBytes;
}

interface Counted {
  lines: number;
  dropped: number;
  droppedBytes: number;
  bytes: number;
  inOrder: boolean;
}

/** Adds up what arrived, and looks whether each number is the one that must follow. */
function count(outputs: readonly RunOutput[]): Counted {
  let expected = 0;
  let text = "";
  const counted: Counted = { lines: 0, dropped: 0, droppedBytes: 0, bytes: 0, inOrder: true };
  for (const output of outputs) {
    if (output.dropped) {
      counted.dropped += output.dropped.lines;
      counted.droppedBytes += output.dropped.bytes;
      // What was dropped may begin and end in the middle of a line.
      expected += output.dropped.lines;
      text = "";
      continue;
    }
    text += output.text ?? "";
    counted.bytes += output.text?.length ?? 0;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    counted.lines += lines.length;
    for (const line of lines) {
      const number = /^(\d{7}) x{91}$/.exec(line)?.[1];
      if (number !== undefined && Number(number) !== expected) counted.inOrder = false;
      expected++;
    }
  }
  return counted;
}

function outputsOf({ messages }: RawSocket): RunOutput[] {
  return messages
    .filter((message): message is Message & { params: object } => message.method === "run.output")
    .map(({ params }) => params as unknown as RunOutput);
}

test("a fast reader loses nothing of a task that lets the app breathe", async () => {
  const outputs: RunOutput[] = [];
  await client.call("Flood.steadily", [50_000], { onOutput: (output) => outputs.push(output) });
  expect(count(outputs)).toEqual({
    lines: 50_000,
    dropped: 0,
    droppedBytes: 0,
    bytes: 50_000 * LINE_BYTES,
    inOrder: true,
  });
});

describe("nothing is dropped", () => {
  const COUNT = 300_000;
  const whole = { lines: COUNT, dropped: 0, droppedBytes: 0, bytes: COUNT * LINE_BYTES, inOrder: true };

  test.each([
    ["rpc Flood.lines 300000 0", "of a loop that never lets the event loop turn"],
    ["rpc Flood.inOne 300000", "of one print of 30 MB"],
    ["rpc -e Flood.lines(300000,0)", "of an expression's task"],
  ])("%s > file: 30 MB %s", async (words) => {
    const file = path.join(temporaryDirectory(), "whole.txt");
    const line = `${NODE} ${REMSH} "$@" > ${file}`;
    const { code, stderr } = await start("bash", ["-c", line, "bash", ...words.split(" ")], { env: app.env }).finished;
    // Where the machine has no time for the reader, it is a slow one, and what it has missed is said.
    const [, missed = "0"] = /\(([\d,]+) bytes\) of stdout were dropped/.exec(stderr) ?? [];
    const missedBytes = Number(missed.replaceAll(",", ""));
    expect({ code, bytes: statSync(file).size + missedBytes }).toEqual({
      code: missedBytes === 0 ? 0 : 74,
      bytes: COUNT * LINE_BYTES,
    });
    expect(missedBytes).toBeLessThan((COUNT * LINE_BYTES) / 3);
  });

  test.each<[string, { task: string; args: number[]; lossless?: boolean }]>([
    ["lossless", { task: "Flood.lines", args: [COUNT, 0], lossless: true }],
    ["with print awaited", { task: "Flood.awaited", args: [COUNT] }],
  ])("%s, whatever the reader does", async (_how, params) => {
    const raw = await openRaw(app);
    raw.socket.pause();
    raw.send({ jsonrpc: "2.0", id: 1, method: "call", params });
    await eventually(async () => (await client.ping()).loopDelayMs > 600 || params.lossless !== true, "it waits");
    raw.socket.resume();
    await raw.response(1);
    expect(count(outputsOf(raw))).toEqual(whole);
    await raw.close();
  });

  test.each([
    ["its deadline", { timeoutMs: 1000 }, "TIMEOUT"],
    ["a cancel", { run: "held-up" }, "CANCELLED"],
  ])("but a lossless run that its reader holds up ends with %s", async (_what, more, code) => {
    const raw = await openRaw(app);
    raw.socket.pause();
    raw.send(callOf(1, "Flood.forEver", { lossless: true, ...more }));
    if (code === "CANCELLED") {
      await eventually(async () => (await client.ping()).loopDelayMs > 600, "the app stands still");
      expect(await client.cancel("held-up")).toMatchObject({ state: "stopped" });
    }
    await eventually(async () => (await client.runs()).length === 0, "the run has ended");
    raw.socket.resume();
    expect((await raw.response(1)).error?.data).toMatchObject({ code });
    await raw.close();
  });

  test("and one whose reader goes away while the app stands still goes on", async () => {
    const raw = await openRaw(app);
    raw.socket.pause();
    raw.send(callOf(1, "Flood.lines", { args: [COUNT, 0], lossless: true }));
    await eventually(async () => (await client.ping()).loopDelayMs > 600, "the app stands still");
    await raw.close();
    await eventually(async () => (await client.call("Flood.printed")) === COUNT, "the task has printed all");
  });
});

test("what is dropped is told by stream, and a slow reader of stderr alone is no failure", async () => {
  const raw = await openRaw(app);
  raw.socket.pause();
  raw.send(callOf(1, "Flood.onStderr", { args: [LINES / 2] }));
  await eventually(async () => (await client.call("Flood.printed")) === LINES / 2, "the task has printed all");
  raw.socket.resume();
  await raw.response(1);
  const streams = outputsOf(raw).flatMap(({ stream, dropped }) => (dropped ? [stream] : []));
  expect(new Set(streams)).toEqual(new Set(["stderr"]));
  await raw.close();
});

// Some of it is garbage that V8 has not collected yet; unbounded it would be 100 MB, in the app and in the gateway.
test("50 MB to a client that does not read grow the app by less than 90 MB, and it is told what is missing", async () => {
  const before = await rss();
  const raw = await openRaw(app);
  raw.socket.pause();
  raw.send(callOf(1, "Flood.lines", { args: [LINES, 1000] }));
  let highest = before;
  await eventually(async () => {
    highest = Math.max(highest, await rss());
    return (await client.call("Flood.printed")) === LINES;
  }, "the task has printed all");
  expect((highest - before) / MB).toBeLessThan(150);
  raw.socket.resume();
  await raw.response(1);
  const { lines, dropped, bytes, droppedBytes, inOrder } = count(outputsOf(raw));
  expect(inOrder).toBe(true);
  expect(dropped).toBeGreaterThan(400_000);
  expect(lines + dropped).toBe(LINES);
  expect(bytes + droppedBytes).toBe(LINES * LINE_BYTES);
  expect(raw.messages.at(-1)?.id).toBe(1);
  await raw.close();
});

test("50 MB in one go to a slow reader keep their order, the app its size, and it is told what is missing", async () => {
  const before = await rss();
  const raw = await openRaw(app);
  const reading = setInterval(() => (raw.socket.isPaused ? raw.socket.resume() : raw.socket.pause()), 5);
  let highest = before;
  const watching = setInterval(() => void rss().then((now) => (highest = Math.max(highest, now))), 50);
  raw.send(callOf(1, "Flood.lines", { args: [LINES, 0] }));
  await raw.response(1);
  clearInterval(reading);
  clearInterval(watching);
  expect((highest - before) / MB).toBeLessThan(150);
  const { lines, dropped, bytes, droppedBytes, inOrder } = count(outputsOf(raw));
  expect(inOrder).toBe(true);
  expect(lines + dropped).toBe(LINES);
  expect(bytes + droppedBytes).toBe(LINES * LINE_BYTES);
  await raw.close();
});

test("a million one-letter writes to a client that does not read take no more memory than large ones", async () => {
  const before = await rss();
  const raw = await openRaw(app);
  raw.socket.pause();
  raw.send(callOf(1, "Flood.letters", { args: [1_000_000] }));
  await eventually(async () => (await client.runs()).length === 0, "the task has ended");
  expect(((await rss()) - before) / MB).toBeLessThan(100);
  raw.socket.resume();
  await raw.response(1);
  const outputs = outputsOf(raw);
  const letters = outputs.reduce((sum, { text, dropped }) => sum + (text?.length ?? 0) + (dropped?.bytes ?? 0), 0);
  expect(letters).toBe(1_000_000);
  await raw.close();
});

test("a flood of progress is thinned out, and its last step arrives", async () => {
  const before = await rss();
  const raw = await openRaw(app);
  raw.socket.pause();
  raw.send(callOf(1, "Flood.progress", { args: [500_000] }));
  await eventually(async () => (await client.runs()).length === 0, "the task has ended");
  expect(((await rss()) - before) / MB).toBeLessThan(100);
  raw.socket.resume();
  await raw.response(1);
  const steps = raw.messages.filter(({ method }) => method === "run.progress");
  expect(steps.length).toBeLessThan(100_000);
  expect(steps.at(-1)?.params).toMatchObject({ done: 500_000 });
  await raw.close();
});

test("a run that floods a slow reader does not keep its neighbour from its answer", async () => {
  const raw = await openRaw(app);
  const reading = setInterval(() => (raw.socket.isPaused ? raw.socket.resume() : raw.socket.pause()), 5);
  raw.send(callOf("flood", "Flood.forEver", { run: "flooding" }));
  await eventually(() => outputsOf(raw).some(({ dropped }) => dropped !== undefined), "the reader is too slow");
  raw.send(callOf("quiet", "Flood.lines", { args: [3, 0] }));
  expect((await raw.response("quiet")).result).toBeDefined();
  await client.cancel("flooding");
  clearInterval(reading);
  raw.socket.resume();
  expect((await raw.response("flood")).error?.data).toMatchObject({ code: "CANCELLED" });
  await raw.close();
});

test("output is thrown away when nobody listens any more", async () => {
  const raw = await openRaw(app);
  raw.send(callOf(1, "Flood.forEver", { run: "unheard" }));
  await eventually(() => outputsOf(raw).length > 0, "it prints");
  await raw.close();
  const before = await rss();
  expect(await client.runs()).toMatchObject([{ run: "unheard" }]);
  expect(await client.cancel("unheard")).toMatchObject({ state: "stopped" });
  expect(((await rss()) - before) / MB).toBeLessThan(50);
});

test("a connection is read again when what has held it up was output", async () => {
  const raw = await openRaw(app);
  raw.socket.pause();
  raw.send(callOf(1, "Flood.after", { args: [300, 1000] }));
  raw.send(callOf(2, "Flood.large"));
  await eventually(async () => (await client.runs()).length === 0, "both have ended");
  raw.socket.resume();
  await Promise.all([raw.response(1), raw.response(2)]);
  raw.send({ jsonrpc: "2.0", id: 3, method: "ping" });
  expect((await raw.response(3)).result).toMatchObject({ status: "ok" });
  await raw.close();
});
