// What this process may do with a file, as the system judges it.
import { accessSync, constants } from "node:fs";

/** Whether it may be executed; false also where it is not there. */
export function isExecutable(file: string): boolean {
  return isAllowed(file, constants.X_OK);
}

/** Whether it may be written; false also where it is not there. */
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
