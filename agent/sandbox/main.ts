// An evaluator's process: nothing but vm2 lives here, and nothing but expressions is evaluated. It reads messages from
// stdin and writes them to stdout; when stdin ends, so does it.
import { writeSync } from "node:fs";
import { formatWithOptions } from "node:util";
import { parse } from "devalue";
import { chunksOf } from "../runs/chunks.ts";
import { decode } from "../../shared/messages/values.ts";
import type { FromSandbox, OutputStream, ToSandbox } from "../border/sandbox-messages.ts";
import { disarm } from "./disarm.ts";
import { Sandbox } from "./sandbox.ts";
import { UnhandledRejections } from "./unhandled-rejections.ts";

const sandbox = new Sandbox(process.argv[2] ?? "vm2", {
  rejections: new UnhandledRejections(),
  // The sandbox writes its messages itself: as JSON, which is data on any side.
  say: (json) => writeSync(1, `${json}\n`),
  print,
});

let heard = 0;
let unread = "";
process.stdin.setEncoding("utf8").on("data", (text: string) => {
  const lines = (unread + text).split("\n");
  unread = lines.pop() ?? "";
  // The gateway writes nothing else.
  for (const line of lines) hear(JSON.parse(line) as ToSandbox);
  // By then all that can go on without another answer has gone on.
  if (lines.length > 0) setImmediate(() => sandbox.checkForEnd(heard));
});
process.stdin.on("end", () => process.exit());

disarm();
say({ type: "ready" });

function hear(message: ToSandbox): void {
  heard++;
  if (message.type === "answer") sandbox.answer(message.response);
  else sandbox.evaluate(message);
}

function print(stream: OutputStream, encoded: string, encoding: "devalue" | ""): void {
  const devalue = { parse, stringify: () => "" };
  const values = encoding === "" ? (JSON.parse(encoded) as unknown) : decode({ value: encoded, encoding }, devalue);
  const text = `${formatWithOptions({ colors: false }, ...(values as unknown[]))}\n`;
  // A message has a limit.
  for (const chunk of chunksOf(text)) say({ type: "print", stream, text: chunk });
}

function say(message: FromSandbox): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}
