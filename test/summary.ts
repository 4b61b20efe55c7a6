// The last lines of a run: which tests were skipped for the want of a program, and how to get it.
import type { Reporter, TestModule } from "vitest/node";
import { installLine, missingIn } from "./programs.ts";

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].filter(({ fullName }) => missingIn(fullName).length > 0),
    );
    if (skipped.length === 0) return;
    for (const { module, fullName } of skipped) console.log(`Skipped ${module.relativeModuleId} > ${fullName}`);
    const missing = skipped.flatMap(({ fullName }) => missingIn(fullName));
    console.log(`${skipped.length} tests were skipped. To run them, too: ${installLine(missing)}\n`);
  }
}
