// The last lines of a run: which tests were skipped because a program is missing, and how to install it.
import type { Reporter, TestModule } from "vitest/node";
import { installLine, missingIn, type Program } from "./programs.ts";

/** Prints a line for each file with skipped tests. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const missing = modules.flatMap((module) => skippedOf(module));
    if (missing.length > 0) console.log(`All tests run after: ${installLine(missing)}\n`);
  }
}

/** Prints a line for a file with skipped tests, and returns what they miss. */
function skippedOf(module: TestModule): Program[] {
  const skipped = [...module.children.allTests("skipped")]
    .map(({ fullName }) => missingIn(fullName))
    .filter((programs) => programs.length > 0);
  const missing = [...new Set(skipped.flat())];
  if (skipped.length === 1) console.log(`Skipped a test of ${module.relativeModuleId}, without ${missing.join(", ")}`);
  else if (skipped.length > 1)
    console.log(`Skipped ${skipped.length} tests of ${module.relativeModuleId}, without ${missing.join(", ")}`);
  return missing;
}
