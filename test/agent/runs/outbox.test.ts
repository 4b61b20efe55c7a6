import { MessageChannel } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import {
  ACKNOWLEDGED,
  FIRST_TICKET,
  HURRIED,
  OUTPUT_WINDOW,
  UNHEARD,
  WAITING,
  costOf,
} from "../../../agent/border/channel.ts";
import { TextPort } from "../../../agent/border/text-port.ts";
import { Outbox } from "../../../agent/runs/outbox.ts";

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((each) => each.close()));

/** An outbox on a port of its own, and the cells that the gateway writes. */
function open() {
  const { port1, port2 } = new MessageChannel();
  const table = new SharedArrayBuffer((FIRST_TICKET + 2) * Int32Array.BYTES_PER_ELEMENT);
  const outbox = new Outbox(new TextPort(port1, () => {}), table);
  opened.push(outbox, port2);
  const cells = new Int32Array(table);
  return { outbox, cells, acknowledge: (cost: number) => void Atomics.add(cells, ACKNOWLEDGED, cost) };
}

const FULL = OUTPUT_WINDOW - costOf(0);

test("there is credit until the window is full, and again when the gateway has sent some of it", () => {
  const { outbox, acknowledge } = open();
  outbox.postOutput("x", FULL - 1);
  expect(outbox.hasCredit).toBe(true);
  outbox.postOutput("x", 0);
  expect(outbox.hasCredit).toBe(false);
  acknowledge(costOf(FULL));
  expect(outbox.hasCredit).toBe(true);
});

test("credit is counted past the end of 32 bits", () => {
  const { outbox, acknowledge } = open();
  for (let sent = 0; sent < 5 * 1024; sent++) {
    outbox.postOutput("x", FULL);
    expect(outbox.hasCredit).toBe(false);
    acknowledge(costOf(FULL));
  }
  expect(outbox.hasCredit).toBe(true);
});

test("those who wait take turns, and each goes on until nothing of it is left", () => {
  const { outbox, acknowledge } = open();
  const order: string[] = [];
  const waiter = (name: string, pieces: number) => ({
    sendNext: () => {
      order.push(name);
      outbox.postOutput("x", FULL);
      return --pieces === 0;
    },
    discard: () => {},
  });
  outbox.postOutput("x", FULL);
  outbox.wait(waiter("a", 3));
  outbox.wait(waiter("b", 2));
  expect(order).toEqual([]);
  for (let turn = 0; turn < 6; turn++) {
    acknowledge(costOf(FULL));
    outbox.resume();
  }
  expect(order).toEqual(["a", "b", "a", "b", "a"]);
});

test("who finds no credit asks the gateway for word", () => {
  const { outbox, cells } = open();
  outbox.postOutput("x", FULL);
  outbox.resume();
  expect(Atomics.load(cells, WAITING)).toBe(0);
  outbox.wait({ sendNext: () => true, discard: () => {} });
  expect(Atomics.load(cells, WAITING)).not.toBe(0);
});

test("what waits is thrown away when nobody listens any more", () => {
  const { outbox, cells } = open();
  const discarded: string[] = [];
  outbox.postOutput("x", FULL);
  outbox.wait({ sendNext: () => true, discard: () => discarded.push("a") });
  outbox.mute();
  expect([discarded, outbox.muted]).toEqual([["a"], true]);
  const heard = open();
  Atomics.store(heard.cells, UNHEARD, 1);
  expect([heard.outbox.muted, Atomics.load(cells, UNHEARD)]).toEqual([true, 0]);
});

test("the main thread stands still for a reader that takes nothing only for a moment, and not again until it has taken some", () => {
  const { outbox, acknowledge } = open();
  expect(outbox.standStill(0, false)).toBe(true);
  outbox.postOutput("x", FULL);
  expect(outbox.standStill(0, false)).toBe(false);
  const since = performance.now();
  for (let more = 0; more < 100; more++) expect(outbox.standStill(0, false)).toBe(false);
  expect(performance.now() - since).toBeLessThan(100 * 50); // each would have been 50 ms
  acknowledge(costOf(FULL));
  expect(outbox.standStill(0, false)).toBe(true);
});

test("a run that is to end does not stand still, even where nothing may be dropped", () => {
  const { outbox, cells } = open();
  outbox.postOutput("x", FULL);
  Atomics.store(cells, FIRST_TICKET + 1, HURRIED);
  expect(outbox.standStill(1, true)).toBe(false);
});
