import { expect, test } from "vitest";
import { cancelled, connectionLost, timedOut, toldToStop } from "../../shared/outcomes.ts";

const name = { run: "r1", task: "Release.migrate" };

test.each([
  ["not-started", 'Gave up on "Release.migrate" after 30 s: the task did not start'],
  ["running", 'Gave up on "Release.migrate" after 30 s: cancelled, but the task still runs'],
  ["stopped", 'Gave up on "Release.migrate" after 30 s: cancelled, and the task stopped'],
  ["unknown", 'Gave up on "Release.migrate" after 30 s: the task may or may not have finished'],
] as const)("a deadline says that the task is %s", (state, sentence) => {
  expect(timedOut(name, 30_000, { state })).toMatchObject({ code: "TIMEOUT", message: sentence, run: "r1", state });
});

test.each([
  ["not-started", 'Cancelled "Release.migrate": the task did not start'],
  ["running", 'Cancelled "Release.migrate": the task still runs'],
  ["stopped", 'Cancelled "Release.migrate": the task stopped'],
] as const)("a cancel says that the task is %s", (state, sentence) => {
  expect(cancelled(name, { state, text: "x" })).toMatchObject({
    code: "CANCELLED",
    message: sentence,
    state,
    text: "x",
  });
});

test("a task is told to stop without a word of what became of it", () => {
  expect(toldToStop(name)).toMatchObject({ code: "CANCELLED", message: 'Cancelled "Release.migrate"', run: "r1" });
  expect(toldToStop(name, 30_000)).toMatchObject({
    code: "TIMEOUT",
    message: 'Gave up on "Release.migrate" after 30 s',
  });
});

test("a lost connection says whether the task can have run", () => {
  const cause = new Error("why");
  expect(connectionLost("shop 4711", name, { state: "unknown", cause })).toMatchObject({
    code: "CONNECTION_LOST",
    message: 'Lost shop 4711 while "Release.migrate" was running: the task may or may not have finished',
    state: "unknown",
    run: "r1",
    cause,
  });
  expect(connectionLost("shop 4711", name, { state: "not-started" }).message).toBe(
    'Lost shop 4711 before "Release.migrate" was sent: the task did not start',
  );
});
