// What those who start and stop the app ask of it through the agent, and what is said of its readiness for that without
// asking the app.
import type { DrainParams, DrainResult, EndParams, ReadyParams } from "../../shared/messages/messages.ts";
import { departureVerdict, drain, endRuns, undrain } from "./departure.ts";
import type { Verdict } from "./readiness.ts";
import { forgetLostSupervisor, supervisionVerdict } from "./supervision.ts";

/** What is to be said of the app's readiness without asking the app; undefined when the app decides. */
export function standingVerdict(): Verdict | undefined {
  return departureVerdict() ?? supervisionVerdict();
}

/** Answers one of these requests: `end` when the runs have ended, or take no notice. */
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
