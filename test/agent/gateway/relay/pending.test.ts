import { expect, test } from "vitest";
import { costOf } from "../../../../agent/border/channel.ts";
import { Pending } from "../../../../agent/gateway/relay/pending.ts";

const RUN = { run: "r1", task: "Release.migrate" };
const pending = () => new Pending(0, { text: "{}", respond: () => {}, run: RUN });

test("output of one stream is collected into one notification, and its cost is that of every message", () => {
  const request = pending();
  expect([request.collect("stdout", "a\n"), request.collect("stdout", "b\n")]).toEqual([undefined, undefined]);
  expect(request.takeOutput()).toEqual({
    output: { seq: 1, stream: "stdout", text: "a\nb\n" },
    cost: 2 * costOf(2),
  });
  expect(request.takeOutput()).toBeUndefined();
});

test("output of the other stream goes behind it, in the order in which it was printed", () => {
  const request = pending();
  request.collect("stdout", "out");
  expect(request.collect("stderr", "err")?.output).toMatchObject({ seq: 1, stream: "stdout", text: "out" });
  expect(request.collect("stdout", "more")?.output).toMatchObject({ seq: 2, stream: "stderr", text: "err" });
  expect(request.nextSeq()).toBe(3);
  expect(request.takeOutput()?.output).toMatchObject({ seq: 4, text: "more" });
});

test("a notification holds 64 Ki characters, or one message that is longer", () => {
  const request = pending();
  const half = "x".repeat(32 * 1024);
  expect([request.collect("stdout", half), request.collect("stdout", half)]).toEqual([undefined, undefined]);
  expect(request.collect("stdout", "y")?.output.text).toHaveLength(64 * 1024);
  expect(request.collect("stdout", half.repeat(3))?.output.text).toBe("y");
  expect(request.takeOutput()?.output.text).toHaveLength(96 * 1024);
});

test("a run is queued, running, and cancelling once its end was asked for or its caller has given it up", () => {
  const request = pending();
  expect(request.describe(RUN, false)).toMatchObject({ run: "r1", task: "Release.migrate", state: "queued" });
  expect(request.describe(RUN, true)).toMatchObject({ state: "running" });
  request.isCancelled = true;
  expect(request.describe(RUN, true)).toMatchObject({ state: "cancelling" });
  const given = pending();
  given.answered = true;
  given.progress = { done: 1, total: 2 };
  expect(given.describe(RUN, true)).toMatchObject({ state: "cancelling", progress: { done: 1, total: 2 } });
});
