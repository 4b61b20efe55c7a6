// Makes the one answer to a call from the outcome of its run.
import { errorAnswer, taskErrorAnswer, type Answer } from "../../shared/messages/answer.ts";
import type { TaskErrorData } from "../../shared/messages/answer-messages.ts";
import { thrownHeading } from "../../shared/messages/thrown.ts";
import type { Run } from "./run.ts";
import type { Outcome } from "./runner.ts";
import { isPromise } from "./tasks.ts";
import { reportWhole } from "../tasks/thrown.ts";

/** A run that was told to stop is answered as stopped, whatever the task returned or threw. */
export function callAnswer(run: Run, outcome: Exclude<Outcome<string>, { withdrawn: true }>): Answer | Promise<Answer> {
  const stopped = run.stopped("threw" in outcome ? { value: outcome.threw } : undefined);
  if (stopped) return errorAnswer(stopped);
  if ("value" in outcome) return { kind: "result", json: outcome.value };
  if ("failed" in outcome) return errorAnswer(outcome.failed);
  const write = (data: TaskErrorData) => taskErrorAnswer(`"${run.task}" threw ${thrownHeading(data.thrown)}`, data);
  const report = reportWhole(run.id, outcome.threw);
  return isPromise(report) ? report.then(write) : write(report);
}
