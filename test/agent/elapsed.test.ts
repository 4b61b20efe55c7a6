import { afterEach, expect, test, vi } from "vitest";
import { Pending } from "../../agent/gateway/relay/pending.ts";
import { monotonicMs } from "../../shared/boot-clock.ts";
import { identify } from "../../agent/instance/identity.ts";

afterEach(() => vi.restoreAllMocks());

test("a wall clock that is set back makes no time negative: of a run, of the app", () => {
  const pending = new Pending(1, { text: "", respond() {} });
  const run = { run: "r", task: "Job.slow" };
  vi.spyOn(Date, "now").mockReturnValue(0);
  expect(pending.describe(run, true).elapsedMs).toBeGreaterThanOrEqual(0);
  vi.spyOn(Date, "now").mockReturnValue(Number.MAX_SAFE_INTEGER);
  expect(pending.describe(run, true).elapsedMs).toBeLessThan(60_000);
  const { startedMs } = identify({ app: "shop" }, { manifest: undefined, env: {} });
  expect(monotonicMs() - startedMs).toBeGreaterThan(0);
  expect(monotonicMs() - startedMs).toBeLessThan(process.uptime() * 1000 + 1000);
});
