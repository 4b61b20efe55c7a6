import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OwnTime } from "../../../../agent/gateway/expressions/own-time.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const expired = vi.fn();
afterEach(() => void expired.mockClear());

test("an expression's own time ends at its limit, once", () => {
  new OwnTime(1000, expired);
  vi.advanceTimersByTime(999);
  expect(expired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(expired).toHaveBeenCalledOnce();
});

test("its clock stands while anything holds it, and goes on with what is left", () => {
  const time = new OwnTime(1000, expired);
  vi.advanceTimersByTime(600);
  time.hold();
  time.hold();
  vi.advanceTimersByTime(3_600_000);
  time.release();
  vi.advanceTimersByTime(3_600_000);
  expect(expired).not.toHaveBeenCalled();
  time.release();
  vi.advanceTimersByTime(399);
  expect(expired).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(expired).toHaveBeenCalledOnce();
});

test("once it is stopped it never ends, whatever lets go of it later", () => {
  const time = new OwnTime(1000, expired);
  time.hold();
  time.stop();
  time.release();
  vi.advanceTimersByTime(3_600_000);
  expect(expired).not.toHaveBeenCalled();
});
