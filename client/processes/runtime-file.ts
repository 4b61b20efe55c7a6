// The names of the files by which the processes of one app find each other in the runtime directory.
import { createHash } from "node:crypto";
import path from "node:path";
import { runtimeDirectory, type Environment } from "../../shared/addresses.ts";
import { pidNamespace } from "../../shared/pid-namespace.ts";

/**
 * The file for the purpose, one for what the words name. Containers that share the runtime directory have files of their own: the
 * process ids in them say nothing here.
 */
export function runtimeFile(env: Environment, purpose: "start" | "stop" | "app", words: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify([...words, pidNamespace()]));
  return path.join(runtimeDirectory(env), `${purpose}-${hash.digest("hex").slice(0, 16)}`);
}
