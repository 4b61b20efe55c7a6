import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { ACKNOWLEDGED, FIRST_TICKET, OUTPUT_WINDOW, costOf } from "../../../agent/border/channel.ts";
import { readFromRunner } from "../../../agent/border/port-messages.ts";
import { TextPort } from "../../../agent/border/text-port.ts";
import { resultAnswer } from "../../../shared/messages/answer.ts";
import { Outbox } from "../../../agent/runs/outbox.ts";
import { RunOutput } from "../../../agent/runs/run-output.ts";

/** Fills the window by itself. */
const FULL = OUTPUT_WINDOW - costOf(0);
const DONE = resultAnswer({ value: 7 });

const opened: { close(): void }[] = [];
afterEach(() => opened.splice(0).forEach((each) => each.close()));

/** One run's output, what the gateway hears of it, and its window. */
function open() {
  const { port1, port2 } = new MessageChannel();
  const table = new SharedArrayBuffer((FIRST_TICKET + 1) * Int32Array.BYTES_PER_ELEMENT);
  const outbox = new Outbox(new TextPort(port1, () => {}), table);
  opened.push(outbox, port2);
  let answered = 0;
  const output = new RunOutput({ outbox, ticket: 0, limitChars: 300, answered: () => answered++ });
  const cells = new Int32Array(table);
  const heard = () => {
    const texts: string[] = [];
    for (let got = receiveMessageOnPort(port2); got !== undefined; got = receiveMessageOnPort(port2))
      texts.push(...[got.message as string | string[]].flat());
    return texts.map((text) => readFromRunner(text)).map(({ kind, body }) => `${kind} ${body}`);
  };
  return {
    output,
    outbox,
    heard,
    answered: () => answered,
    fill: () => outbox.postOutput("fill 0 ", FULL),
    drain: () => {
      Atomics.add(cells, ACKNOWLEDGED, costOf(FULL));
      outbox.resume();
    },
  };
}

test("output, the last progress and the answer come in this order, and the answer is told once", () => {
  const { output, heard, answered } = open();
  output.write(1, "out\n");
  output.write(2, "err\n");
  output.progress("{1}");
  output.finish(DONE);
  expect(heard()).toEqual(["output 1out\n", "output 2err\n", "progress {1}", 'result {"value":7}']);
  expect(answered()).toBe(1);
});

test("a character that is split across two writes is whole, and one that is cut off is a replacement", () => {
  const { output, heard } = open();
  const [first = 0, ...rest] = Buffer.from("€");
  output.write(1, Buffer.of(first));
  output.write(1, Buffer.from(rest));
  output.write(2, Buffer.of(first));
  output.finish(DONE);
  expect(heard()).toEqual(["output 1€", "output 2\ufffd", 'result {"value":7}']);
});

test("for a reader that is behind, output waits, a later progress replaces the one before, and the answer comes last", () => {
  const { output, heard, fill, drain, answered } = open();
  fill();
  output.write(1, "waits\n");
  output.progress("{1}");
  output.progress("{2}");
  output.finish(DONE);
  expect([heard(), answered()]).toEqual([["fill "], 0]);
  drain();
  expect([heard(), answered()]).toEqual([["output 1waits\n", "progress {2}", 'result {"value":7}'], 1]);
});

test("at the deadline what waits is a gap, and the answer goes at once", () => {
  const { output, heard, fill } = open();
  fill();
  output.write(1, "one\ntwo\n");
  output.write(2, "three\n");
  output.finish(DONE);
  heard();
  output.hurry();
  expect(heard()).toEqual(["gap 1 2 8", "gap 2 1 6", 'result {"value":7}']);
});

test("an answer that comes after the deadline waits for nothing either", () => {
  const { output, heard, fill } = open();
  fill();
  output.write(1, "one\n");
  output.hurry();
  heard();
  output.finish(DONE);
  expect(heard()).toEqual(["gap 1 1 4", 'result {"value":7}']);
});

test("where nobody listens output is thrown away, and the answer still goes to the gateway", () => {
  const { output, outbox, heard, fill, answered } = open();
  fill();
  output.write(1, "waits\n");
  output.finish(DONE);
  heard();
  outbox.mute();
  expect([heard(), answered(), output.isUnheard]).toEqual([['result {"value":7}'], 1, true]);
});

test("nothing is sent of what is printed after the end", () => {
  const { output, heard } = open();
  output.finish(DONE);
  output.write(1, "late");
  output.progress("{1}");
  expect(heard()).toEqual(['result {"value":7}']);
});
