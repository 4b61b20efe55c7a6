// The program that `start` becomes once the first hooks have succeeded, and that is there for as long as the app runs: it
// loads what waiting needs, and nothing else.
import type { ExitCode } from "../terminal/exit-codes.ts";
import { processStreams } from "../terminal/process-streams.ts";
import { callersEnvironment } from "../find/node-options.ts";
import { Signals } from "../processes/signals.ts";
import { supervise } from "./supervise.ts";
import { PLAN, type SupervisionPlan } from "./supervision-plan.ts";

// Before all else: what comes until here ends this process, and nothing is left behind.
const signals = new Signals();

/** As every command's, for what is not to happen; its own words would cost this program memory. */
const FAULT: ExitCode = 70;

const { [PLAN]: plan = "", ...env } = callersEnvironment(process.env);

// Written by the `start` of this very version.
void supervise(JSON.parse(plan) as SupervisionPlan, { ...processStreams(), env }, signals).then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    console.error("remsh has a fault (please report it):", error);
    process.exitCode = FAULT;
  },
);
