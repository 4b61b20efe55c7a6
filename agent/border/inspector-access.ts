// Checks whether this process may use Node's inspector. Under the permission model it may not by default. Then, on Node
// 20 to 24, the call that connects the gateway to the main thread does not throw but ends the process.
import { RpcError } from "../../shared/errors.ts";
import { otherRuntime } from "./other-runtime.ts";

/** Must be called on the main thread: a worker does not know the permissions. */
export function mayInspect(): boolean {
  return otherRuntime() === undefined && process.features.inspector && (process.permission?.has("inspector") ?? true);
}

/** The error for an action that needs the inspector. */
export function noInspector(action: string): RpcError {
  const runtime = otherRuntime();
  if (runtime !== undefined)
    return new RpcError(
      "NOT_SUPPORTED",
      `Cannot ${action}: the app runs under ${runtime}, and this needs Node's inspector`,
    );
  const reason = process.features.inspector
    ? "Node's permission model keeps the app from its inspector"
    : "this Node was built without an inspector";
  const flag = "--allow-inspector";
  const remedy = process.allowedNodeEnvironmentFlags.has(flag) ? ` (start it with ${flag})` : "";
  return new RpcError("NOT_SUPPORTED", `Cannot ${action}: ${reason}${remedy}`);
}
