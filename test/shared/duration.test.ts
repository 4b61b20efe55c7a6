import { describe, expect, test } from "vitest";
import { MAX_DURATION_MS, formatDuration, parseDuration } from "../../shared/duration.ts";

test.each([
  ["0ms", 0],
  ["300ms", 300],
  ["30s", 30_000],
  ["1.5s", 1500],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["596h", 2_145_600_000],
])("%s is %d milliseconds", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "30", "30 s", "s", "-5s", "1e3ms", "5d", "1.s", ".5s", "30S", "NaNs", " 30s"])(
  "%j is no duration",
  (text) => {
    expect(() => parseDuration(text)).toThrow(
      new RangeError(`Cannot read the duration "${text}": write it as 300ms, 30s, 5m or 2h`),
    );
  },
);

test("a duration that Node's timers cannot wait for is refused", () => {
  expect(parseDuration(`${MAX_DURATION_MS}ms`)).toBe(MAX_DURATION_MS);
  const error = new RangeError('Cannot read the duration "597h": the longest duration is 24 days');
  expect(() => parseDuration("597h")).toThrow(error);
  expect(() => parseDuration("597h", "--wait")).toThrow('Cannot read --wait "597h": the longest duration is 24 days');
  expect(() => parseDuration(`${"9".repeat(400)}h`)).toThrow(/the longest duration/);
});

describe("milliseconds for people", () => {
  test.each([
    [0, "0 ms"],
    [0.4, "0 ms"],
    [850, "850 ms"],
    [999.4, "999 ms"],
    [999.6, "1 s"],
    [12_400, "12.4 s"],
    [59_949, "59.9 s"],
    [59_951, "1 m"],
    [303_000, "5 m 3 s"],
    [3_599_600, "1 h"],
    [7_500_000, "2 h 5 m"],
    [273_600_000, "3 d 4 h"],
  ])("%d is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
