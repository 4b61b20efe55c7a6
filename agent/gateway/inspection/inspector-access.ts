// Whether this process may use Node's inspector. Under the permission model it may not, unless it is allowed, and then the
// gateway's way to the main thread, on Node 20 to 24, does not throw but ends the process.
import { RpcError } from "../../../shared/errors.ts";

/** Asked on the main thread: a worker is not told of the permissions. */
export function mayInspect(): boolean {
  return process.features.inspector && (process.permission?.has("inspector") ?? true);
}

/** The refusal of what needs the inspector. */
export function noInspector(action: string): RpcError {
  const reason = process.features.inspector
    ? "Node's permission model keeps the app from its inspector"
    : "this Node was built without an inspector";
  const flag = "--allow-inspector";
  const remedy = process.allowedNodeEnvironmentFlags.has(flag) ? ` (start it with ${flag})` : "";
  return new RpcError("NOT_SUPPORTED", `Cannot ${action}: ${reason}${remedy}`);
}
