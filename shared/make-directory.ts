// Makes a directory and those above it.
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";

/**
 * Makes the directory and its parents if they are missing. A given `mode` applies to each one made, whatever the umask
 * is. Not Node's `recursive: true`: if a file system such as /proc answers ENOENT below an existing directory, Node's
 * recursion never ends.
 *
 * @throws the system's error.
 */
export function makeDirectory(directory: string, mode?: number): void {
  if (existsSync(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent, mode);
  try {
    // Made with its mode at once, because another process may look at it before a chmod.
    mkdirSync(directory, { mode: mode ?? 0o777 });
    if (mode !== undefined) chmodSync(directory, mode);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(directory)) throw error;
  }
}
