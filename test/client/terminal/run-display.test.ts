import { expect, test } from "vitest";
import { RunDisplay } from "../../../client/terminal/run-display.ts";

interface Terminal {
  isTTY?: boolean;
  columns?: number;
  env?: Record<string, string>;
}

/** What a display writes, with the stream that it writes it to. */
function displayOf({ isTTY = false, columns = 80, env = {} }: Terminal, json = false): [RunDisplay, string[]] {
  const written: string[] = [];
  const sink = (name: string) => ({ write: (text: string) => void written.push(`${name} ${text}`), isTTY, columns });
  return [new RunDisplay({ stdout: sink("out"), stderr: sink("err"), env }, { json }), written];
}

test("on a terminal progress is one line that is written over, by what is printed too, and left for the result", () => {
  const [display, written] = displayOf({ isTTY: true, columns: 12 });
  display.progress({ run: "r", seq: 1, done: 1, total: 2, message: "a very\nlong message" });
  display.progress({ run: "r", seq: 2, done: 2, total: 2 });
  display.output({ run: "r", seq: 3, stream: "stdout", text: "next\n" });
  display.progress({ run: "r", seq: 4, done: 2, total: 2, message: "done" });
  display.result({ run: "r" }, 5);
  expect(written).toEqual([
    "err \r\u001b[K1/2 a very ",
    "err \r\u001b[K2/2",
    "err \r\u001b[K",
    "out next\n",
    "err \r\u001b[K2/2 done",
    "err \n",
    "out \u001b[33m5\u001b[39m\n",
  ]);
});

test.each<Terminal>([{}, { isTTY: true, env: { TERM: "dumb" } }])(
  "elsewhere each progress is a line: %j",
  (terminal) => {
    const [display, written] = displayOf(terminal);
    display.progress({ run: "r", seq: 1, done: 3, message: "steps" });
    display.result({ run: "r" }, undefined);
    expect(written).toEqual(["err 3 steps\n"]);
  },
);

test.each<Terminal>([{}, { isTTY: true, env: { NO_COLOR: "1" } }, { isTTY: true, env: { TERM: "dumb" } }])(
  "a value has no colours with %j",
  (terminal) => {
    const [display, written] = displayOf(terminal);
    display.result({ run: "r" }, { a: 5 });
    expect(written).toEqual(["out { a: 5 }\n"]);
  },
);

test.each<[string, { text?: string; value?: unknown }, string[]]>([
  ["a string as it is", { value: "text" }, ["out text\n"]],
  ["a string that ends its own line", { value: "text\n" }, ["out text\n"]],
  ["an empty string as an empty line", { value: "" }, ["out \n"]],
  ["nothing for undefined", {}, []],
  ["null", { value: null }, ["out null\n"]],
  ["the task's own text before the value", { text: "seeded", value: { a: 1 } }, ["out seeded\n"]],
])("a result is printed: %s", (_name, { value, ...result }, lines) => {
  const [display, written] = displayOf({});
  display.result({ run: "r", ...result }, value);
  expect(written).toEqual(lines);
});

test("what was dropped is said on stderr, where it would have been", () => {
  const [display, written] = displayOf({});
  display.output({ run: "r", seq: 1, dropped: { lines: 3214, bytes: 99999 } });
  expect(written).toEqual(["err … 3,214 lines dropped\n"]);
});

test("with --json everything is a line of JSON on stdout", () => {
  const [display, written] = displayOf({ isTTY: true }, true);
  display.output({ run: "r", seq: 1, stream: "stderr", text: "a" });
  display.progress({ run: "r", seq: 2, done: 1 });
  display.result({ run: "r", text: "for people" }, 5n);
  display.result({ run: "r" }, undefined);
  expect(written.map((line) => line.slice(4))).toEqual([
    '{"event":"output","run":"r","seq":1,"stream":"stderr","text":"a"}\n',
    '{"event":"progress","run":"r","seq":2,"done":1}\n',
    '{"event":"result","run":"r","outcome":"returned","value":"5"}\n',
    '{"event":"result","run":"r","outcome":"returned"}\n',
  ]);
});

test("a value that inspect cannot show, and one that is endless to read, are shown as far as they can be", () => {
  const [display, written] = displayOf({});
  const odd = Object.assign(new Error("m"), { name: Object.create(null) as object });
  display.result({ run: "r" }, odd);
  let endless: unknown[] = [1];
  for (let count = 0; count < 12; count++) endless = Array.from({ length: 100 }, () => endless);
  display.result({ run: "r" }, endless);
  const holes: unknown[] = [];
  holes[2e8] = 1;
  display.result({ run: "r" }, holes);
  expect(written[0]).toBe('out {"name":{},"message":"m"}\n');
  expect(written[1]).toContain("[Array]");
  expect(written[1]?.length).toBeLessThan(1e6);
  expect(written[2]).toBe("out [ <200000000 empty items>, 1 ]\n");
});
