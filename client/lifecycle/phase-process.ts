// The hooks of one phase of a running app, in a process that lives only for them: what running hooks needs would otherwise
// stay in the supervisor's memory for as long as the app runs.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import type { Streams } from "../terminal/streams.ts";
import { ownEnvironment } from "../find/node-options.ts";
import type { Phase } from "../hooks/hook-files.ts";
import { signalExitCode } from "../processes/signal-exit-code.ts";
import type { SupervisionPlan } from "./supervision-plan.ts";

/** Beside the bundle that this is part of: see build.mjs. */
const PROGRAM = `${__dirname}/hook-phase.cjs`;

/** Which hooks, and what they need. */
export interface PhaseRun {
  phase: Phase;
  plan: SupervisionPlan;
  /** Those that only this phase has. */
  variables: Record<string, string>;
  streams: Streams;
}

/** The hooks of a phase, under way. */
export interface RunningPhase {
  /** Resolves to 0, or to the exit code of the first that failed, which has been told. */
  ended: Promise<number>;
  /** Ends the hook that runs: nobody needs it any more. */
  end: () => void;
}

/** Runs the hooks of the phase. */
export function runPhase({ phase, plan, variables, streams }: PhaseRun): RunningPhase {
  if (!plan.withHooks || !hasFiles(`${plan.root}/rel/hooks/${phase}.d`))
    return { ended: Promise.resolve(0), end: () => {} };
  const child = spawn(process.execPath, [PROGRAM, phase, String(plan.hookTimeoutMs)], {
    env: { ...ownEnvironment(streams.env), ...variables },
    // In a group of its own: Ctrl-C in the terminal is the app's.
    detached: true,
    // It ends when the pipe does, with the hook that runs.
    stdio: ["pipe", "ignore", "inherit"],
  });
  let unneeded = false;
  const ended = new Promise<number>((resolve) => {
    child.once("error", (error) => {
      streams.stderr.write(`Cannot run the hooks of ${phase}: ${error.message}\n`);
      resolve(78);
    });
    child.once("exit", (code, signal) => {
      // By a system that is short of memory, perhaps.
      if (code === null && !unneeded) {
        streams.stderr.write(`The hooks of ${phase} failed: ${signal} ended the process that runs them\n`);
      }
      resolve(code ?? signalExitCode(signal));
    });
  });
  const end = () => {
    unneeded = true;
    child.kill("SIGTERM");
  };
  return { ended, end };
}

/** Whether they are hooks, the program judges. */
function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false; // as in most apps, for most phases
  }
}
