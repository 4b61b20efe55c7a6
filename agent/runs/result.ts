// Encodes what a task returned as the JSON of a CallResult: plain JSON where that is exact, devalue's text where it is
// not.
import { RpcError } from "../../shared/errors.ts";
import type { CallResult, Encoded } from "../../shared/messages/messages.ts";
import { encodeRich, isPlain } from "../../shared/messages/values.ts";
import { resultRoom, SMALL_CHARS } from "./result-room.ts";
import { sizeOf } from "../tasks/size-of.ts";
import type { Run } from "./run.ts";
import type { Task } from "../tasks/task.ts";
import { look, reasonOf } from "../tasks/thrown.ts";

/** The value that a task returned, and the function that formats it. */
export interface Returned {
  value: unknown;
  format: Task["format"];
  maxChars: number;
}

/**
 * Writes the result of a run once there is room for it. It is synchronous where JSON is exact: while output is
 * captured, every promise costs the app more.
 *
 * @throws RpcError NOT_SERIALIZABLE with a text that shows the value, or LIMIT_EXCEEDED when it is too large.
 */
export function writeResult(run: Run, returned: Returned): string | Promise<string> {
  const { value, maxChars } = returned;
  if (value === undefined) return writeEncoded(run, returned, {});
  const chars = sizeOf(value, maxChars);
  if (chars > maxChars) throw tooLarge(run, maxChars);
  return chars < SMALL_CHARS
    ? writeValue(run, returned)
    : resultRoom.take(run, chars).then(() => (run.output.isUnheard ? "{}" : writeValue(run, returned)));
}

function writeValue(run: Run, returned: Returned): string | Promise<string> {
  const { value } = returned;
  return isPlain(value) ? writeEncoded(run, returned, { value }) : writeRich(run, returned);
}

async function writeRich(run: Run, returned: Returned): Promise<string> {
  return writeEncoded(run, returned, await encode(returned.value, run));
}

async function encode(value: unknown, run: Run): Promise<Encoded> {
  try {
    return encodeRich(value, await import("devalue"));
  } catch (error) {
    const message = `"${run.task}" returned, but its value cannot be sent: ${reasonOf(error)}`;
    throw new RpcError("NOT_SERIALIZABLE", message, { run: run.id, state: "stopped", text: look(value), cause: error });
  }
}

function writeEncoded(run: Run, { value, format, maxChars }: Returned, encoded: Partial<Encoded>): string {
  const text = format && show(value, format);
  const result: CallResult = { run: run.id, ...encoded, ...(text !== undefined && { text }) };
  const json = write(result);
  if (json !== undefined && json.length <= maxChars) return json;
  throw tooLarge(run, maxChars);
}

function tooLarge(run: Run, maxChars: number): RpcError {
  const message = `"${run.task}" returned, but its result is larger than ${maxChars} characters`;
  return new RpcError("LIMIT_EXCEEDED", message, { run: run.id, state: "stopped" });
}

/** The result as the task formats it. If `format` throws, the value is shown as `inspect` shows it. */
function show(value: unknown, format: NonNullable<Task["format"]>): string {
  try {
    // The value is what this very task returned.
    const text: unknown = format(value as never);
    return typeof text === "string" ? text : look(text);
  } catch (error) {
    return `${look(value)}\n(the task's format threw ${look(error)})`;
  }
}

/** The result's JSON, or undefined when it is longer than a string can be. */
function write(result: CallResult): string | undefined {
  try {
    return JSON.stringify(result);
  } catch {
    return undefined; // the caller reports that it is too large
  }
}
