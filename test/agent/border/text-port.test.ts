import { MessageChannel, Worker } from "node:worker_threads";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { TextPort } from "../../../agent/border/text-port.ts";
import { Turns } from "../../../agent/border/turns.ts";

const channel = () => new MessageChannel();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

test("texts arrive in order, whatever is posted and whatever is sent", async () => {
  const { port1, port2 } = channel();
  const heard: string[] = [];
  const all = new Promise<void>((resolve) => {
    new TextPort(port2, (text) => {
      heard.push(text);
      if (text === "end") resolve();
    });
  });
  const port = new TextPort(port1, () => {});
  ends.push(() => port.close());
  const texts = Array.from({ length: 50 }, (_, index) => String(index));
  for (const text of texts) {
    if (Number(text) % 7 === 3) port.send(text);
    else port.post(text);
    if (Number(text) % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  port.post("end");
  await all;
  expect(heard).toEqual([...texts, "end"]);
});

describe("a busy receiver that hears eight at once", () => {
  test.each([
    ["lists", 'port.postMessage(["a", "b", "c", "d", "e"]);'],
    ["texts", 'for (let i = 0; i < 5; i++) port.postMessage("x");'],
  ])("gives its other work a turn between them: %s", async (_what, code) => {
    const { port1, port2 } = channel();
    const program = `const { workerData: port, parentPort } = require("node:worker_threads");
      for (let round = 0; round < 20; round++) { ${code} }
      parentPort.postMessage("sent");`;
    const worker = new Worker(program, { eval: true, workerData: port1, transferList: [port1] });
    await once(worker, "message"); // a hundred texts wait now
    const perTurn: number[] = [];
    let inThisTurn = 0;
    let count = 0;
    const all = new Promise<void>((resolve) => {
      const hear = () => {
        if (inThisTurn++ === 0) {
          setImmediate(() => {
            perTurn.push(inThisTurn);
            inThisTurn = 0;
          });
        }
        if (++count === 100) setImmediate(() => setImmediate(resolve));
      };
      const port = new TextPort(port2, hear, new Turns());
      ends.push(() => port.close());
    });
    await all;
    expect(perTurn.reduce((sum, heard) => sum + heard, 0)).toBe(100);
    // Twice eight where its own immediate came before ours.
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(16);
  });
});
