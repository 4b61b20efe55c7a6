// Answers the requests of `start` and `stop` through the agent, and reports the readiness that follows from them
// without asking the app.
import type { DrainParams, DrainResult, EndParams, ReadyParams } from "../../shared/messages/messages.ts";
import { departureVerdict, drain, endRuns, undrain } from "./departure.ts";
import type { Verdict } from "./ready-rule.ts";
import { forgetLostSupervisor, supervisionVerdict } from "./supervision.ts";

/** The readiness that is known without asking the app; undefined when the app decides. */
export function standingVerdict(): Verdict | undefined {
  return departureVerdict() ?? supervisionVerdict();
}

/** Answers one of these requests. `end` is answered when the runs have ended, or have ignored their signal. */
export async function answerLifecycle(
  method: "drain" | "end" | "ready",
  params: DrainParams & EndParams,
): Promise<DrainResult> {
  if (method === "drain") drain(params);
  else if (method === "end") await endRuns(params);
  else makeReady(params);
  return standingVerdict() ?? {};
}

function makeReady(params: ReadyParams): void {
  undrain(params);
  if (params.lease === undefined) forgetLostSupervisor();
}
