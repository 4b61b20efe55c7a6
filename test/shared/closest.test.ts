import { expect, test } from "vitest";
import { closest } from "../../shared/closest.ts";

const TASKS = ["Release.migrate", "Release.rollback", "Job.wait", "status"];

test.each([
  ["Release.migrat", "Release.migrate"],
  ["release.Migrate", "Release.migrate"],
  ["Relaese.rolback", "Release.rollback"],
  ["migrate", "Release.migrate"],
  ["WAIT", "Job.wait"],
  ["statu", "status"],
])("%s probably means %s", (written, meant) => {
  expect(closest(written, TASKS)).toBe(meant);
});

test.each(["", "x", "constructor", "Release.something.else", "y".repeat(10_000)])(
  "%j means nothing known",
  (written) => {
    expect(closest(written, TASKS)).toBeUndefined();
  },
);
