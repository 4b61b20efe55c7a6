/* eslint-disable @typescript-eslint/unbound-method -- the streams' methods are compared and put back, never called alone */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Capture, type Capturing } from "../../../agent/runs/capture.ts";

/** What the app's own streams got. */
let own: string[];
const original = { stdout: process.stdout.write, stderr: process.stderr.write };

beforeEach(() => {
  own = [];
  for (const name of ["stdout", "stderr"] as const)
    process[name].write = (data: string | Uint8Array) => {
      own.push(`${name} ${typeof data === "string" ? data : Buffer.from(data).toString()}`);
      return true;
    };
});
afterEach(() => Object.assign(process.stdout, { write: original.stdout }));
afterEach(() => Object.assign(process.stderr, { write: original.stderr }));

class Heard implements Capturing {
  readonly written: string[] = [];
  write(descriptor: number, data: string | NodeJS.ArrayBufferView): void {
    const text =
      typeof data === "string" ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
    this.written.push(`${descriptor} ${text}`);
  }
}

/** Runs the code as a run, to its end. */
async function runOf(capture: Capture<Heard>, code: () => unknown): Promise<string[]> {
  const run = new Heard();
  await capture.enter(run, async () => code());
  capture.release();
  return run.written;
}

test("each run has what it printed, from any depth, and the app's own streams have all of it", async () => {
  const capture = new Capture<Heard>();
  const print = (name: string) => async () => {
    process.stdout.write(`${name} 1`);
    await sleep(1);
    await new Promise<void>((resolve) => setImmediate(() => process.nextTick(resolve)));
    process.stderr.write(Buffer.from(`${name} 2`));
    process.stdout.write("e282ac", "hex");
  };
  const [a, b] = await Promise.all([runOf(capture, print("a")), runOf(capture, print("b"))]);
  expect([a, b]).toEqual([
    ["1 a 1", "2 a 2", "1 €"],
    ["1 b 1", "2 b 2", "1 €"],
  ]);
  expect(own.sort()).toEqual([
    "stderr a 2",
    "stderr b 2",
    "stdout a 1",
    "stdout b 1",
    "stdout e282ac",
    "stdout e282ac",
  ]);
  capture.close();
});

test("what the app prints outside of a run is in none", async () => {
  const capture = new Capture<Heard>();
  let outside: () => void = () => {};
  const printing = new Promise<void>((resolve) => (outside = resolve)).then(() => process.stdout.write("outside"));
  const heard = await runOf(capture, async () => {
    outside();
    await printing;
    process.stdout.write("inside");
  });
  expect(heard).toEqual(["1 inside"]);
  expect(own).toEqual(["stdout outside", "stdout inside"]);
  capture.close();
});

test("close gives the streams back as they were, unless somebody has tapped them after us", async () => {
  const before = [process.stdout.write, process.stderr.write];
  const capture = new Capture<Heard>();
  await runOf(capture, () => {});
  expect(process.stdout.write).not.toBe(before[0]);
  const later = process.stderr.write.bind(process.stderr);
  process.stderr.write = later;
  capture.close();
  expect(process.stdout.write).toBe(before[0]);
  expect(process.stderr.write).toBe(later);
  process.stderr.write("passed through");
  expect(own).toEqual(["stderr passed through"]);
});

test("the run whose code executes is known in it, and none outside", async () => {
  const capture = new Capture<Heard>();
  const run = new Heard();
  const ending = capture.enter(run, async () => {
    await sleep(1);
    return capture.current;
  });
  expect(capture.current).toBeUndefined();
  expect(await ending).toBe(run);
  capture.release();
  expect(capture.current).toBeUndefined();
  capture.close();
});
