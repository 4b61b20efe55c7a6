// `--args`: all arguments of a task as one JSON text, from the command line or from stdin. stdin keeps them private:
// every user of the machine can read a command line in the list of processes.
import { text as textOf } from "node:stream/consumers";
import { RpcError } from "../../shared/errors.ts";
import { isArray, isObject } from "../../shared/messages/shape.ts";
import { brokenPlace } from "../terminal/broken-json.ts";
import { readJson, WrittenNumber } from "./json-words.ts";

/** Arguments that are still text. */
export interface JsonArguments {
  text: string;
  /** The source of the text, for error sentences. */
  from: "--args" | "stdin";
}

/** The text that `--args` gives: its value, or all of stdin if the value is `-`. */
export async function jsonArgumentsOf(option: string | undefined): Promise<JsonArguments | undefined> {
  if (option === undefined) return undefined;
  return option === "-" ? { text: await textOf(process.stdin), from: "stdin" } : { text: option, from: "--args" };
}

/**
 * The parsed arguments: a list, or an object of options.
 *
 * @throws RpcError BAD_ARGUMENTS with the place where the text stops being JSON, or with the number that would be
 * rounded.
 */
export function parseJsonArguments(task: string, { text, from }: JsonArguments): unknown[] | Record<string, unknown> {
  const bad = (reason: string) =>
    new RpcError("BAD_ARGUMENTS", `Cannot call "${task}": ${reason}`, { state: "not-started" });
  if (text.trim() === "") throw bad(`${from} holds no arguments (write a JSON list, or an object of options)`);
  const place = brokenPlace(text);
  if (place !== undefined) throw bad(`${from} is no JSON: line ${place.line}, column ${place.column}`);
  const value = withNumbers(readJson(text), (number) =>
    bad(`${number} in ${from} cannot be exact as a number (write it as a text)`),
  );
  if (isArray(value) || isObject(value)) return value;
  throw bad(`${from} must hold a JSON list, or an object of options`);
}

/** In JSON, a number is meant as a number. A number is refused only if it would lose digits. */
function withNumbers(value: unknown, refused: (number: string) => Error): unknown {
  if (value instanceof WrittenNumber) {
    if (value.exact === undefined) throw refused(value.text.trim());
    return value.exact;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => withNumbers(item, refused));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNumbers(item, refused)]));
}
