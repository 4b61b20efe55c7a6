// The program that `start` becomes once the first hooks have succeeded. It stays as long as the app runs, and loads
// only what waiting needs.
import type { ExitCode } from "../terminal/exit-codes.ts";
import { processStreams } from "../terminal/process-streams.ts";
import { callersEnvironment } from "../find/node-options.ts";
import { withoutOwn } from "../project/given-environment.ts";
import { Signals } from "../processes/signals.ts";
import { supervise } from "./supervise.ts";
import { PLAN, type SupervisionPlan } from "./supervision-plan.ts";

// First of all: a signal that arrives before this ends the process, which has not started anything yet.
const signals = new Signals();

/** The exit code for a fault of remsh itself. The full message would cost this program memory. */
const FAULT: ExitCode = 70;

const { [PLAN]: plan = "", ...env } = withoutOwn(callersEnvironment(process.env));

// Written by the `start` of this very version.
void supervise(JSON.parse(plan) as SupervisionPlan, { ...processStreams(), env }, signals).then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    console.error("remsh has a fault (please report it):", error);
    process.exitCode = FAULT;
  },
);
