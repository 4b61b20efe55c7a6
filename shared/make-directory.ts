// Makes a directory and those above it.
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";

/**
 * Makes the directory where it is missing, with its parents. With a `mode` that is the mode of each one made, whatever the umask
 * is. Not Node's `recursive: true`: where a file system such as /proc answers ENOENT below a directory that is there, Node's own
 * recursion never ends.
 *
 * @throws the system's error.
 */
export function makeDirectory(directory: string, mode?: number): void {
  if (existsSync(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent, mode);
  try {
    // With it from the beginning: another process may look at it in between.
    mkdirSync(directory, { mode: mode ?? 0o777 });
    if (mode !== undefined) chmodSync(directory, mode);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(directory)) throw error;
  }
}
