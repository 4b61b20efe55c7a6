import { expect, test } from "vitest";
import { restartDelayMs } from "../../../agent/tasks/restart-delay.ts";

test("a gateway that has listened is started again within a second, however often it ends", () => {
  expect([0, 1, 2, 3, 50].map((failures) => restartDelayMs(failures, 0))).toEqual([50, 200, 900, 900, 900]);
});

test("one whose path is taken is tried less and less often, and at least every 30 s", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 2000].map((refused) => restartDelayMs(1, refused));
  expect(delays).toEqual([900, 1800, 3600, 7200, 14_400, 28_800, 30_000, 30_000]);
});
