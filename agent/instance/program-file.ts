// Finds the file that Node executes as the program: `node .` and `node server` do not name it in full.
import { realpathSync } from "node:fs";
import path from "node:path";
import { requireFrom } from "./require-from.ts";

/** Node only looks at the syntax of the file. */
const CHECKS = ["-c", "--check"];

/**
 * The program as in `process.argv`; undefined if Node executes none. After `node -e`, the first word is an argument of
 * that code.
 */
export function givenProgram(): string | undefined {
  const [, program] = process.argv;
  if (program === undefined || !path.isAbsolute(program)) return undefined;
  const isEval = (process as { _eval?: string })._eval !== undefined;
  return isEval || process.execArgv.some((word) => CHECKS.includes(word)) ? undefined : program;
}

/** The file of a program: the main file of a folder, or the one with an extension. Undefined if there is none. */
export function programFile(program: string): string | undefined {
  try {
    return realpathSync(requireFrom(process.execPath).resolve(program));
  } catch {
    return undefined;
  }
}
