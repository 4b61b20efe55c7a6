import { beforeEach, expect, test, vi } from "vitest";
import type { Patience as PatienceClass } from "../../../agent/runs/patience.ts";

const PROVEN = 512 * 1024;

// The readers of all connections share what is left, so each test has its own module.
let Patience: typeof PatienceClass;
beforeEach(async () => {
  vi.resetModules();
  ({ Patience } = await import("../../../agent/runs/patience.ts"));
});

test("a reader that takes 2 MiB/s is waited for without end, one that takes nothing for a quarter of a second", () => {
  const [fast, slow] = [new Patience(), new Patience()];
  for (const reader of [fast, slow]) reader.leftMs(PROVEN);
  for (let waited = 0; waited < 60_000; waited += 50) fast.spend(50, 50 * 2048);
  expect(fast.leftMs(PROVEN)).toBe(50);
  for (let waited = 0; waited < 250; waited += 50) slow.spend(50, 0);
  expect(slow.leftMs(PROVEN)).toBe(0);
  expect(fast.leftMs(PROVEN)).toBe(50);
});

/** How long the readers of a hundred connections are waited for, one after the other, if each nap brings `taken`. */
function waitedFor(takenBefore: number, taken: number): number {
  let waitedMs = 0;
  for (const patience of Array.from({ length: 100 }, () => new Patience()))
    for (let leftMs; (leftMs = patience.leftMs(takenBefore)) > 0 && waitedMs < 10_000;) {
      waitedMs += leftMs;
      patience.spend(leftMs, taken);
    }
  return waitedMs;
}

test("the readers of many connections are waited for no longer than half a second together", () => {
  const waitedMs = waitedFor(PROVEN, 0);
  expect(waitedMs).toBeGreaterThan(400);
  expect(waitedMs).toBeLessThan(800);
});

test("new readers are waited for once if the first takes nothing", () => {
  expect(waitedFor(0, 0)).toBe(25);
});

test("new readers are waited for a tenth of a second together while their sockets take something", () => {
  const waitedMs = waitedFor(0, 64 * 1024);
  expect(waitedMs).toBeGreaterThanOrEqual(99);
  expect(waitedMs).toBeLessThan(150);
});

test("a reader that has taken more than a socket holds is no new one", () => {
  waitedFor(0, 0);
  expect(new Patience().leftMs(0)).toBe(0);
  expect(new Patience().leftMs(PROVEN)).toBe(50);
});
