import { Socket } from "node:net";
import { expect, test } from "vitest";
import { UnreadAnswers } from "../../../../agent/gateway/admission/unread-answers.ts";
import { UNREAD_LIMIT_BYTES } from "../../../../agent/gateway/admission/limits.ts";

test("a caller that has read its answers leaves no listener and no timeout", () => {
  const unread = new UnreadAnswers();
  const socket = new Socket();
  for (let answer = 0; answer < 20; answer++) {
    const releases = [unread.hold(socket, 10), unread.hold(socket, 20)];
    expect([socket.listenerCount("timeout"), socket.timeout]).toEqual([1, 3000]);
    for (const release of releases) release();
    expect([socket.listenerCount("timeout"), socket.timeout]).toEqual([0, 0]);
  }
});

test("above the limit, the caller with the most is disconnected", () => {
  const unread = new UnreadAnswers();
  const [small, large] = [new Socket(), new Socket()];
  unread.hold(small, 10);
  unread.hold(large, UNREAD_LIMIT_BYTES);
  expect([small.destroyed, large.destroyed]).toEqual([false, true]);
});
