// Runs the hooks of one phase of a running app in a separate process. The code that hooks need would otherwise stay in
// the supervisor's memory as long as the app runs.
import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { messageOf } from "../../shared/message-of.ts";
import type { Streams } from "../terminal/streams.ts";
import { ownEnvironment } from "../find/node-options.ts";
import type { Phase } from "../hooks/hook-files.ts";
import { signalExitCode } from "../../shared/signal-exit-code.ts";
import { lineReader } from "../../shared/supervision.ts";
import type { SupervisionPlan } from "./supervision-plan.ts";

/** Beside the bundle that contains this module: see build.mjs. */
const PROGRAM = `${__dirname}/hook-phase.cjs`;

/** Which hooks to run, and what they need. */
export interface PhaseRun {
  phase: Phase;
  plan: SupervisionPlan;
  /** Variables for this phase only. */
  variables: Record<string, string>;
  streams: Streams;
  /** Called with the name of each hook when it begins. */
  begins: (hook: string) => void;
}

/** The running hooks of a phase. */
export interface RunningPhase {
  /** Resolves to 0, or to the exit code of the first hook that failed, which has been reported. */
  ended: Promise<number>;
  /** Ends the running hook, because it is not needed any longer. */
  end: () => void;
}

/** Runs the hooks of the phase. */
export function runPhase({ phase, plan, variables, streams, begins }: PhaseRun): RunningPhase {
  if (!plan.withHooks || !hasFiles(`${plan.root}/rel/hooks/${phase}.d`))
    return { ended: Promise.resolve(0), end: () => {} };
  let child: ChildProcess | undefined;
  let unneeded = false;
  const ended = new Promise<number>((resolve, reject) => {
    // Some failures are thrown, such as that of too large an environment, and others are emitted.
    const spawned = spawn(process.execPath, [PROGRAM, phase, String(plan.hookTimeoutMs)], {
      env: { ...ownEnvironment(streams.env), ...variables },
      // In a separate process group: Ctrl-C in the terminal is meant for the app.
      detached: true,
      // The program and its running hook end when the pipe does.
      stdio: ["pipe", "pipe", "inherit"],
    });
    child = spawned;
    // It prints the names of the hooks. After a failure to start it, Node has made no streams.
    (spawned.stdout as typeof spawned.stdout | undefined)?.setEncoding("utf8").on("data", lineReader(begins));
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      // For example, a system that is short of memory has ended it.
      if (code === null && !unneeded) {
        streams.stderr.write(`The hooks of ${phase} failed: ${signal} ended the process that runs them\n`);
      }
      resolve(code ?? signalExitCode(signal));
    });
  }).catch((error: unknown) => {
    streams.stderr.write(`Cannot run the hooks of ${phase}: ${messageOf(error)}\n`);
    return 78;
  });
  const end = () => {
    unneeded = true;
    child?.kill("SIGTERM");
  };
  return { ended, end };
}

/** True if the folder has files. The program decides whether they are hooks. */
function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false; // most apps have no hooks for most phases
  }
}
