// Loads parts of remsh that are loaded only when needed. By then, `npm ci` under the running app may have replaced them
// by another version.
import { RpcError } from "../../shared/errors.ts";
import { hasCode } from "../../shared/has-code.ts";

/** Resolves to the result of `load`. @throws RpcError REPLACED when its files are no longer on the disk. */
export async function ownPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (error) {
    throw asReplaced(error);
  }
}

/** The error, or REPLACED if the error says that a file is gone. */
export function asReplaced(error: unknown): unknown {
  const isGone = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND", "ENOENT"].some((code) => hasCode(error, code));
  if (!isGone) return error;
  return new RpcError(
    "REPLACED",
    "Cannot load a part of remsh: it was replaced on the disk under the running app (restart the app)",
    { state: "not-started", cause: error },
  );
}
