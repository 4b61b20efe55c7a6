import { expect, test } from "vitest";
import { Patience } from "../../../agent/runs/patience.ts";

test("a reader that takes 2 MiB/s is waited for without end, one that takes nothing for a quarter of a second", () => {
  const [fast, slow] = [new Patience(), new Patience()];
  for (let waited = 0; waited < 60_000; waited += 50) fast.spend(50, 50 * 2048);
  expect(fast.leftMs).toBeGreaterThan(200);
  for (let waited = 0; waited < 250; waited += 50) slow.spend(50, 0);
  expect(slow.leftMs).toBe(0);
  expect(fast.leftMs).toBeGreaterThan(200);
});

test("the readers of many connections are waited for no longer than half a second together", () => {
  const many = Array.from({ length: 100 }, () => new Patience());
  let waitedMs = 0;
  for (const patience of many)
    while (patience.leftMs > 0 && waitedMs < 10_000) {
      patience.spend(50, 0);
      waitedMs += 50;
    }
  expect(waitedMs).toBeLessThan(800);
});
