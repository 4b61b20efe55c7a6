// Runs an evaluator's process: it loads only vm2, and evaluates only expressions. It reads messages from stdin, writes
// them to stdout, and ends when stdin ends.
import { writeSync } from "node:fs";
import { formatWithOptions } from "node:util";
import { parse } from "devalue";
import { chunksOf } from "../runs/chunks.ts";
import { isArray } from "../../shared/messages/shape.ts";
import { decode } from "../../shared/messages/values.ts";
import type { FromSandbox, OutputStream, ToSandbox } from "../border/sandbox-messages.ts";
import { disarm } from "./disarm.ts";
import { Sandbox } from "./sandbox.ts";
import { UnhandledRejections } from "./unhandled-rejections.ts";

const sandbox = new Sandbox(process.argv[2] ?? "vm2", {
  rejections: new UnhandledRejections(),
  // The sandbox writes its messages itself, as JSON, which is plain data on both sides.
  say: (json) => writeSync(1, `${json}\n`),
  print,
});

let heard = 0;
let unread = "";
process.stdin.setEncoding("utf8").on("data", (text: string) => {
  const lines = (unread + text).split("\n");
  unread = lines.pop() ?? "";
  // Only the gateway writes to stdin.
  for (const line of lines) hear(JSON.parse(line) as ToSandbox);
  // By then all code that can continue without another answer has done so.
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
  const values: unknown = encoding === "" ? JSON.parse(encoded) : decode({ value: encoded, encoding }, devalue);
  const text = `${formatWithOptions({ colors: false }, ...(isArray(values) ? values : [values]))}\n`;
  // Messages have a size limit.
  for (const chunk of chunksOf(text)) say({ type: "print", stream, text: chunk });
}

function say(message: FromSandbox): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}
