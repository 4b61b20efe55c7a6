import { spawnSync } from "node:child_process";
import { describe, test } from "vitest";
import { installLine, missingOf, skippedName, type Program } from "./programs.ts";

/** What declares tests: `test`, `test.each`, `describe` and `describe.each` of vitest. */
interface Declaring {
  test: typeof test;
  describe: typeof describe;
}

/**
 * Declares tests that drive the programs: `const { test } = needing("tmux")`. If one is not installed, the tests are
 * skipped, and their names say which is missing; with CI=true the file fails.
 */
export function needing(...programs: Program[]): Declaring {
  const missing = missingHere(...programs);
  if (missing.length === 0) return { test, describe };
  return { test: skipping(test, missing), describe: skipping(describe, missing) };
}

/**
 * Those of the programs that are not installed.
 *
 * @throws Error with CI=true if one is not.
 */
export function missingHere(...programs: Program[]): Program[] {
  const missing = missingOf(programs);
  if (missing.length === 0 || !process.env.CI) return missing;
  throw new Error(`Cannot test without ${missing.join(" and ")} (${installLine(missing)})`);
}

/**
 * Whether `unshare` with these words may make namespaces here: for most of them it needs root, and a container may
 * forbid them. With CI=true it fails if the program is missing.
 */
export function mayUnshare(...words: string[]): boolean {
  if (process.platform !== "linux" || missingHere("unshare", "mount").length > 0) return false;
  return spawnSync("unshare", words).status === 0;
}

/**
 * The skipping twin of `test` or `describe`. Of the functions on these it has only `each`, which is all that the tests
 * use.
 */
function skipping<Api extends typeof test | typeof describe>(api: Api, missing: Program[]): Api {
  const skip = api.skip as unknown as Declare & { each: (cases: unknown[]) => Declare };
  const declare: Declare = (name, ...rest) => skip(skippedName(name, missing), ...rest);
  const each = (cases: unknown[]): Declare => {
    return (name, ...rest) => skip.each(cases)(skippedName(name, missing), ...rest);
  };
  // Its types are vitest's, so that a test is written the same with and without a program.
  return Object.assign(declare, { each }) as unknown as Api;
}

type Declare = (name: string, ...rest: unknown[]) => void;
