import { expect, test } from "vitest";
import { OutputQueue, type Chunk, type Gap } from "../../../agent/runs/output-queue.ts";
import { Printed } from "../../../agent/runs/printed.ts";

function everythingOf(queue: OutputQueue): (Chunk | Gap)[] {
  const all: (Chunk | Gap)[] = [];
  while (!queue.isEmpty) {
    const { gap, chunk } = queue.shift();
    if (gap ?? chunk) all.push((gap ?? chunk) as Chunk | Gap);
  }
  return all;
}

test("what exceeds the limit is dropped, the oldest first, and a gap for each stream stands in its place", () => {
  const queue = new OutputQueue(300);
  for (let index = 0; index < 8; index++)
    queue.push({ descriptor: index % 2 ? 2 : 1, text: `${index}${"x".repeat(49)}\n` });
  expect(everythingOf(queue)).toEqual([
    { descriptor: 1, lines: 3, bytes: 153 },
    { descriptor: 2, lines: 2, bytes: 102 },
    { descriptor: 2, text: `5${"x".repeat(49)}\n` },
    { descriptor: 1, text: `6${"x".repeat(49)}\n` },
    { descriptor: 2, text: `7${"x".repeat(49)}\n` },
  ]);
});

test("a text that is awaited is not dropped, whatever its size, and what is dropped behind it is told behind it", () => {
  const queue = new OutputQueue(200);
  const printed = new Printed();
  queue.push({ descriptor: 1, text: "a".repeat(500) }, printed);
  void printed.then();
  for (let index = 0; index < 3; index++) queue.push({ descriptor: 2, text: "b".repeat(200) });
  expect(everythingOf(queue)).toEqual([
    { descriptor: 1, text: "a".repeat(500) },
    { descriptor: 2, lines: 0, bytes: 600 },
  ]);
});

test("a text that nobody awaits when the next one comes is dropped like any other", () => {
  const queue = new OutputQueue(200);
  queue.push({ descriptor: 1, text: "a".repeat(150) }, new Printed());
  queue.push({ descriptor: 1, text: "b".repeat(150) }, new Printed());
  expect(everythingOf(queue)).toEqual([
    { descriptor: 1, lines: 0, bytes: 150 },
    { descriptor: 1, text: "b".repeat(150) },
  ]);
});

test("whoever awaits a text goes on when it has been sent, and when it was thrown away", async () => {
  const [sent, thrown] = [new Printed(), new Printed()];
  const queue = new OutputQueue(1000);
  queue.push({ descriptor: 1, text: "a" }, sent);
  queue.push({ descriptor: 1, text: "b" }, thrown);
  const both = Promise.all([sent, thrown]);
  queue.shift();
  queue.clear();
  await both;
  expect(queue.isEmpty).toBe(true);
});

test("a large text is sent in chunks that split no character", () => {
  const queue = new OutputQueue(1_000_000);
  queue.push({ descriptor: 1, text: `${"x".repeat(65_535)}😀${"y".repeat(10)}` });
  const chunks = everythingOf(queue) as Chunk[];
  expect(chunks.map(({ text }) => text.length)).toEqual([65_535, 12]);
});

test("all queues together are bounded", () => {
  const queues = Array.from({ length: 20 }, () => new OutputQueue(4 * 1024 * 1024));
  for (const queue of queues)
    for (let index = 0; index < 60; index++) queue.push({ descriptor: 1, text: "x".repeat(65_536) });
  const kept = queues.map((queue) =>
    everythingOf(queue).reduce((sum, part) => sum + ("text" in part ? part.text.length : 0), 0),
  );
  expect(kept.reduce((sum, chars) => sum + chars, 0)).toBeLessThanOrEqual(32 * 1024 * 1024);
});
