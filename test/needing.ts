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
  const missing = missingOf(programs);
  if (missing.length === 0) return { test, describe };
  if (process.env.CI) throw new Error(`Cannot test without ${missing.join(" and ")} (${installLine(missing)})`);
  return { test: skipping(test, missing), describe: skipping(describe, missing) };
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
