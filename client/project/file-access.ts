// Asks the system what this process may do with a file.
import { accessSync, constants } from "node:fs";

/** True if it may be executed; false also if it does not exist. */
export function isExecutable(file: string): boolean {
  return isAllowed(file, constants.X_OK);
}

/** True if it may be written; false also if it does not exist. */
export function isWritable(file: string): boolean {
  return isAllowed(file, constants.W_OK);
}

function isAllowed(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}
