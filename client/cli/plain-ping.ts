// Recognises a `ping` that needs no command line proper, which takes longer to load than the app takes to answer.
import { parseDuration } from "../../shared/duration.ts";
import type { PingOptions } from "./ping.ts";

/** The options of a `ping` whose words are all known and well-formed; undefined for anything else, which is not judged here. */
export function plainPing(words: readonly string[]): PingOptions | undefined {
  const options: PingOptions = {};
  const rest = [...words];
  let isPing = false;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "ping" && !isPing) isPing = true;
    else if (word === "--ready" && isPing) options.ready = true;
    else if (word === "--json") options.json = true;
    else if (word === "--any") options.any = true;
    else if (!takeValue(options, word, rest.shift())) return undefined;
  }
  return isPing ? options : undefined;
}

function takeValue(options: PingOptions, word: string, value: string | undefined): boolean {
  if (value === undefined || value.startsWith("-")) return false;
  if (word === "--app") options.app = value;
  else if (word === "--instance") options.instance = value;
  else if (word === "--socket") options.socket = value;
  else if (word === "--wait" && /^\d{1,4}(ms|s|m)$/.test(value)) options.waitMs = parseDuration(value);
  else return false;
  return true;
}
