// Tells whether the app runs under another runtime than Node. Tasks, `ping`, `status` and `runs` work there, too.
import { RpcError } from "../../shared/errors.ts";

/** `Deno` or `Bun`; undefined under Node. */
export function otherRuntime(): string | undefined {
  const { deno, bun } = process.versions;
  if (deno !== undefined) return "Deno";
  return bun === undefined ? undefined : "Bun";
}

/** @throws RpcError NOT_SUPPORTED under another runtime than Node: what it does for expressions would not hold. */
export function checkExpressions(): void {
  const runtime = otherRuntime();
  if (runtime === undefined) return;
  throw new RpcError(
    "NOT_SUPPORTED",
    `Cannot evaluate an expression: the app runs under ${runtime}, and expressions need Node (call a task by its name)`,
    { state: "not-started" },
  );
}
