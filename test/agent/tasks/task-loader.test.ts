import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { taskLoader } from "../../../agent/tasks/task-loader.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** Tasks that cannot be loaded for the first `failures` times. */
function broken(failures: number) {
  let loads = 0;
  const source = async () => {
    await sleep(1);
    if (++loads <= failures) throw new Error(`load ${loads}`);
    return { seed: () => "seeded" };
  };
  return { loads: () => loads, load: taskLoader(source) };
}

test("a failure is told again for 10 s to who only looks, and then tried again", async () => {
  const { load, loads } = broken(2);
  for (let look = 0; look < 3; look++) await expect(load({ retry: false })).rejects.toThrow("load 1");
  vi.advanceTimersByTime(9_999);
  await expect(load({ retry: false })).rejects.toThrow("load 1");
  vi.advanceTimersByTime(2);
  await expect(load({ retry: false })).rejects.toThrow("load 2");
  expect(loads()).toBe(2);
});

test("who tries again is the only one that has to, and what is loaded stays", async () => {
  const { load, loads } = broken(1);
  await expect(load({ retry: false })).rejects.toThrow("load 1");
  await Promise.all([load({ retry: true }), load({ retry: true }), load({ retry: false })]);
  await load({ retry: false });
  expect(loads()).toBe(2);
});

test.each([null, "release.js"])("says that %j are no tasks", (source) => {
  expect(() => taskLoader(source as unknown as object)).toThrow(
    'Cannot start the agent: "tasks" must be an object with tasks, or a function that loads them',
  );
});
