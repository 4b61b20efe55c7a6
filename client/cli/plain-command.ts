// Recognises a `ping` or an `rpc` that does not need the full command line. This second parser is worth it: a readiness
// probe starts every few seconds, and loading the other parser costs it 26 ms of CPU (103 instead of 129) and 5 MiB (42
// instead of 47), medians of 25 on Node 20. Words that both parsers accept must mean the same to both:
// test/client/cli/plain-command.test.ts checks that.
import { parseDuration } from "../../shared/duration.ts";
import type { Target } from "../find/discover.ts";
import type { PingOptions } from "../commands/ping.ts";
import type { RpcOptions } from "../commands/rpc.ts";

/** A command whose words are all known and well-formed. */
export type PlainCommand = { ping: PingOptions } | { rpc: RpcOptions };

interface PlainOptions extends Target {
  json?: boolean;
  ready?: boolean;
  waitMs?: number;
  timeoutMs?: number;
  lossless?: boolean;
}

/** The command and its options; undefined for anything else, which is left to the full command line. */
export function plainCommand(words: readonly string[]): PlainCommand | undefined {
  const options: PlainOptions = {};
  const rest = [...words];
  let name: "ping" | "rpc" | undefined;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (name === undefined && (word === "ping" || word === "rpc")) name = word;
    else if (name === "rpc" && !word.startsWith("-")) return { rpc: { ...options, task: word, words: rest } };
    else if (!takeSwitch(options, word, name) && !takeValue(options, `${word} ${name}`, rest.shift())) return undefined;
  }
  return name === "ping" ? { ping: options } : undefined;
}

function takeSwitch(options: PlainOptions, word: string, name: string | undefined): boolean {
  if (word === "--json") options.json = true;
  else if (word === "--any") options.any = true;
  else if (word === "--ready" && name === "ping") options.ready = true;
  else if (word === "--lossless" && name === "rpc") options.lossless = true;
  else return false;
  return true;
}

function takeValue(options: PlainOptions, place: string, value: string | undefined): boolean {
  if (value === undefined || value.startsWith("-")) return false;
  if (place.startsWith("--app ")) options.app = value;
  else if (place.startsWith("--instance ")) options.instance = value;
  else if (place.startsWith("--socket ")) options.socket = value;
  else if (!/^\d{1,4}(ms|s|m)$/.test(value)) return false;
  else if (place === "--wait ping") options.waitMs = parseDuration(value);
  else if (place === "--timeout rpc") options.timeoutMs = parseDuration(value);
  else return false;
  return true;
}
