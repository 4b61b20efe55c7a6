import { once } from "node:events";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { HalfSent } from "../../../../agent/gateway/admission/half-sent.ts";
import { HALF_SENT_BYTES } from "../../../../agent/gateway/admission/limits.ts";

const HALF = HALF_SENT_BYTES / 2;

test("above the limit, the connection whose message began first goes, and only that", () => {
  const half = new HalfSent();
  const [first, second, third] = [new PassThrough(), new PassThrough(), new PassThrough()];
  half.add(first, 1);
  half.add(second, HALF);
  half.add(first, HALF - 1);
  expect([first, second].map(({ destroyed }) => destroyed)).toEqual([false, false]);
  half.add(third, 1);
  expect([first, second, third].map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
  half.add(third, HALF - 1); // what the first had no longer counts
  expect([second, third].map(({ destroyed }) => destroyed)).toEqual([false, false]);
});

test("a connection that is over the limit alone goes", () => {
  const half = new HalfSent();
  const only = new PassThrough();
  half.add(only, HALF_SENT_BYTES);
  expect(only.destroyed).toBe(false);
  half.add(only, 1);
  expect(only.destroyed).toBe(true);
});

test("a message that is complete no longer counts, and the next begins behind the others", () => {
  const half = new HalfSent();
  const [first, second] = [new PassThrough(), new PassThrough()];
  half.add(first, HALF_SENT_BYTES);
  half.end(first);
  half.end(first); // again: nothing is taken off twice
  half.add(second, HALF_SENT_BYTES - 1);
  half.add(first, 1);
  expect([first, second].map(({ destroyed }) => destroyed)).toEqual([false, false]);
  half.add(first, 1);
  expect([first, second].map(({ destroyed }) => destroyed)).toEqual([false, true]);
});

test("a connection that is closed no longer counts, and has one listener however many messages it sent", async () => {
  const half = new HalfSent();
  const [closed, other] = [new PassThrough(), new PassThrough()];
  const before = closed.listenerCount("close");
  for (let message = 0; message < 20; message++) {
    half.add(closed, HALF_SENT_BYTES);
    if (message < 19) half.end(closed);
  }
  expect(closed.listenerCount("close")).toBe(before + 1);
  closed.destroy();
  await once(closed, "close");
  half.add(other, HALF_SENT_BYTES);
  expect(other.destroyed).toBe(false);
  expect(closed.listenerCount("close")).toBe(before);
});
