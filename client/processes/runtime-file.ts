// Names the files in the runtime directory by which the processes of one app find each other.
import { createHash } from "node:crypto";
import path from "node:path";
import { runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import { pidNamespace } from "../../shared/pid-namespace.ts";

/**
 * The file for the purpose and the words. Containers that share the runtime directory have separate files, because
 * their process ids mean nothing here.
 */
export function runtimeFile(env: Environment, purpose: "start" | "stop" | "app", words: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify([...words, pidNamespace()]));
  return path.join(runtimeDirectory(env), `${purpose}-${hash.digest("hex").slice(0, 16)}`);
}
