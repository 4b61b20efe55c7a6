import { MessageChannel } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { TextPort } from "../../../agent/border/text-port.ts";
import { Turns } from "../../../agent/border/turns.ts";

const PORTS = 20;
const TEXTS = 20;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

interface Heard {
  port: number;
  text: string;
  turn: number;
}

/** Sends each port its texts at once; resolves to what was heard, with the turn of the event loop. */
function hearAll(hear: (heard: Heard) => void, textsOf: (port: number) => number = () => TEXTS): Promise<Heard[]> {
  const turns = new Turns();
  const heard: Heard[] = [];
  const total = Array.from({ length: PORTS }, (_, port) => textsOf(port)).reduce((sum, each) => sum + each, 0);
  let turn = 0;
  return new Promise((resolve) => {
    const count = () => {
      turn++;
      if (heard.length === total) resolve(heard);
      else setImmediate(count);
    };
    for (let port = 0; port < PORTS; port++) {
      const { port1, port2 } = new MessageChannel();
      const listening = new TextPort(
        port2,
        (text) => {
          const each = { port, text, turn };
          heard.push(each);
          hear(each);
        },
        turns,
      );
      ends.push(() => listening.close());
      for (let text = 0; text < textsOf(port); text++) port1.postMessage(String(text));
    }
    setImmediate(count);
  });
}

function spend(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** How many texts were heard in each turn. */
function perTurn(heard: Heard[]): number[] {
  const counts = new Map<number, number>();
  for (const { turn } of heard) counts.set(turn, (counts.get(turn) ?? 0) + 1);
  return [...counts.values()];
}

test("texts that take long are heard one in a turn of the event loop, by all ports together", async () => {
  const heard = await hearAll(
    () => spend(3),
    () => 2,
  );
  // A turn of ours may see the end of one turn and the beginning of the next.
  expect(Math.max(...perTurn(heard))).toBeLessThanOrEqual(2);
});

test("what a text does in microtasks counts as its time", async () => {
  const heard = await hearAll(
    () => void Promise.resolve().then(async () => (await Promise.resolve(), spend(3))),
    () => 2,
  );
  expect(Math.max(...perTurn(heard))).toBeLessThanOrEqual(4);
});

test("each text is heard once, and each port's texts in their order", async () => {
  const heard = await hearAll(({ text }) => spend(Number(text) % 5 === 0 ? 0.5 : 0));
  const expected = Array.from({ length: TEXTS }, (_, text) => String(text));
  for (let port = 0; port < PORTS; port++)
    expect(heard.filter((each) => each.port === port).map(({ text }) => text)).toEqual(expected);
});

test("a port with many texts does not keep one with a few waiting", async () => {
  const heard = await hearAll(
    () => spend(0.5),
    (port) => (port === 0 ? 200 : 1),
  );
  const before = heard.findLastIndex(({ port }) => port !== 0);
  // The flooding port has had one share before the others, and one after each round of them.
  expect(heard.slice(0, before).filter(({ port }) => port === 0).length).toBeLessThanOrEqual(32);
});

test("each port is heard once before any is heard a third time", async () => {
  const heard = await hearAll(
    () => spend(3),
    () => 3,
  );
  const third = heard.findIndex(({ text }) => text === "2");
  expect(new Set(heard.slice(0, third).map(({ port }) => port)).size).toBe(PORTS);
});
