// What arguments may cost the main thread to decode. JSON is read at once; devalue's text can hold things that take long to
// make of little: looked at here, where it costs the app nothing.
import { RpcError } from "../../../shared/errors.ts";
import type { Limits } from "../../../shared/messages/messages.ts";
import { hasMoreValues } from "./json-width.ts";

/** Digits of one BigInt: making one takes time that grows with the square of them. */
const BIGINT_CHARS = 10_000;

/**
 * Looks at arguments as they came.
 *
 * @throws RpcError BAD_ARGUMENTS when they are no devalue text, LIMIT_EXCEEDED when decoding them would take too long.
 */
export function checkArgumentBudget(
  task: string,
  { args, encoding }: { args?: unknown; encoding?: unknown },
  { values: most }: Pick<Limits, "values">,
): void {
  if (encoding !== "devalue" || typeof args !== "string") return; // anything else is the runner's to refuse
  if (hasMoreValues(args, most)) throw tooMuch(task, `they are more than ${most.toLocaleString("en")} values`);
  let values: unknown;
  try {
    values = JSON.parse(args);
  } catch {
    return; // so is this: it has the words for it
  }
  if (!Array.isArray(values)) return;
  for (const value of values as unknown[])
    if (Array.isArray(value) && value[0] === "BigInt") checkBigInt(task, value[1]);
}

function checkBigInt(task: string, digits: unknown): void {
  if (typeof digits !== "string" || digits.length <= BIGINT_CHARS) return;
  throw tooMuch(task, `a BigInt of ${digits.length.toLocaleString("en")} digits`);
}

function tooMuch(task: string, reason: string): RpcError {
  const sentence = `Cannot call "${task.slice(0, 200)}": its arguments take too long to decode, ${reason}`;
  return new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" });
}
