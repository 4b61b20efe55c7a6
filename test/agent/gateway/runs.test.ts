import { afterEach, expect, test, vi } from "vitest";
import { Runs, type RunsOptions } from "../../../agent/gateway/runs.ts";
import { openGateway } from "./main-thread-port.ts";

afterEach(() => vi.useRealTimers());

test("a cancel waits as long as it says, also when the clock is set meanwhile", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  let asked = 0;
  const parts = {
    expressions: { find: () => undefined, describe: () => [] },
    consoles: { watchOf: () => ({ interrupt: () => Promise.resolve() }) },
    relays: {
      withdrawRun: () => false,
      ask: () => {
        vi.setSystemTime(Date.now() + 3_600_000);
        return Promise.resolve({ runs: asked++ === 0 ? [{ run: "r" }] : [] });
      },
    },
  };
  // Of each part it has what a cancel asks.
  const runs = new Runs(parts as unknown as RunsOptions);
  expect(await runs.cancel({ run: "r", waitMs: 60_000 })).toEqual({ run: "r", state: "stopped" });
});

test("a cancel that the app has not heard is answered by one look at the app", () => {
  const at = openGateway();
  const { app } = at.gateway;
  vi.spyOn(app, "isStalled", "get").mockReturnValueOnce(true).mockReturnValueOnce(false);
  const { code, message } = app.cancelNotHeard("r", "running");
  expect([code, message]).toEqual(["STALLED", expect.stringContaining("is stalled")]);
  at.close();
});
