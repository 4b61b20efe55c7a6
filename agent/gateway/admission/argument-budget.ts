// Limits what arguments may cost the main thread to decode. JSON is fast, but a short devalue text can take long to
// decode. It is checked here, where that costs the app nothing.
import { RpcError } from "../../../shared/errors.ts";
import type { Limits } from "../../../shared/messages/messages.ts";
import { isArray } from "../../../shared/messages/shape.ts";
import { hasMoreValues } from "./json-width.ts";

/** Most digits of one BigInt: the time to make one grows with the square of its digits. */
const BIGINT_CHARS = 10_000;

/**
 * Checks arguments in the form in which they came.
 *
 * @throws RpcError LIMIT_EXCEEDED when decoding them would take too long.
 */
export function checkArgumentBudget(
  task: string,
  { args, encoding }: { args?: unknown; encoding?: unknown },
  { values: most }: Pick<Limits, "values">,
): void {
  if (encoding !== "devalue" || typeof args !== "string") return; // the runner refuses anything else
  if (hasMoreValues(args, most)) throw tooMuch(task, `they are more than ${most.toLocaleString("en")} values`);
  let values: unknown;
  try {
    values = JSON.parse(args);
  } catch {
    return; // the runner refuses this too, with a better sentence
  }
  if (!isArray(values)) return;
  for (const value of values) if (isArray(value) && value[0] === "BigInt") checkBigInt(task, value[1]);
}

function checkBigInt(task: string, digits: unknown): void {
  if (typeof digits !== "string" || digits.length <= BIGINT_CHARS) return;
  throw tooMuch(task, `a BigInt of ${digits.length.toLocaleString("en")} digits`);
}

function tooMuch(task: string, reason: string): RpcError {
  const sentence = `Cannot call "${task.slice(0, 200)}": its arguments take too long to decode, ${reason}`;
  return new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" });
}
