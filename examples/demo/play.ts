// Plays the steps: shows each, runs it, and compares the result with the expected one.
import type { Child, Ended } from "./child.ts";
import { explainStep, say, showCommand, showExit, showOutput } from "./screen.ts";
import type { Stage } from "./stage.ts";
import type { Expected, Step } from "./steps.ts";

/**
 * Plays all of them, one after the other.
 *
 * @throws Error at the first step that fails; it says what was expected.
 */
export async function play(steps: readonly Step[], stage: Stage): Promise<void> {
  let behind: Child | undefined;
  for (const step of steps) {
    explainStep(step.why);
    if (step.behind) behind = await startBehind(step, step.behind, stage);
    else await playStep(step, stage, behind);
  }
}

async function startBehind({ line }: Step, until: RegExp, stage: Stage): Promise<Child> {
  showCommand(`${line} &`);
  const child = stage.command(line, () => {});
  await stage.app.prints(until);
  say("");
  return child;
}

async function playStep(step: Step, stage: Stage, behind: Child | undefined): Promise<void> {
  showCommand(step.line);
  const ended = await (step.wait && behind ? outcomeOf(behind) : run(step, stage));
  if (stage.isStruck) throw new Error("The demo is over");
  showExit(ended.code);
  const faults = findFaults(step, ended);
  if (faults.length === 0) return;
  throw new Error(`The demo ends here, "${step.line}" did not do what it should:\n${faults.join("\n")}`);
}

async function outcomeOf(behind: Child): Promise<Ended> {
  const ended = await behind.ended;
  showOutput(ended.stdout + ended.stderr);
  return ended;
}

/** Runs the step. The app must not end meanwhile, unless that is the step's purpose. */
async function run(step: Step, stage: Stage): Promise<Ended> {
  const { ended } = stage.command(step.line, showOutput);
  if (step.endsApp) return untilAppEnds(ended, step.endsApp, stage);
  // The command is about an app that has ended.
  if (step.code === 69) return ended;
  return Promise.race([ended, stage.appIsGone()]);
}

async function untilAppEnds(command: Promise<Ended>, last: RegExp, { app }: Stage): Promise<Ended> {
  const before = app.output.length;
  const [ended, { code }] = await Promise.all([command, app.ended]);
  showOutput(app.output.slice(before));
  if (code === 0 && last.test(app.output)) return ended;
  throw new Error(`The app should have ended with exit 0 and ${last}; it ended with exit ${code}:\n${app.output}`);
}

function findFaults({ code = 0, stdout = [], stderr = [] }: Step, ended: Ended): string[] {
  return [
    ...(ended.code === code ? [] : [`  expected exit ${code}, got exit ${ended.code}`]),
    ...missing("stdout", stdout, ended.stdout),
    ...missing("stderr", stderr, ended.stderr),
  ];
}

function missing(stream: "stdout" | "stderr", expected: readonly Expected[], text: string): string[] {
  if (expected.length === 0 && text !== "") return [`  expected nothing on ${stream}, got ${JSON.stringify(text)}`];
  return expected
    .filter((part) => (typeof part === "string" ? !text.includes(part) : !part.test(text)))
    .map(
      (part) =>
        `  expected ${part instanceof RegExp ? part : JSON.stringify(part)} on ${stream}, got ${JSON.stringify(text)}`,
    );
}
