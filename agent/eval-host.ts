// Runs the process behind `remsh eval`: the app's tasks and an agent, without the app. The command line calls the task
// in this process as it would in the running app, so arguments, output, deadlines and exit codes are the same by
// construction.
import { manifestHere } from "../shared/manifest.ts";
import { optionsFromManifest } from "./config.ts";
import type { AnyWriter } from "./runs/capture.ts";
import { currentRun } from "./runs/current-run.ts";
import { flushOutput } from "./runs/flush-output.ts";
import { startAgent } from "./start-agent.ts";
import { joinSupervisor, tellSupervisor, whenSupervisorEnds } from "./lifecycle/supervision.ts";
import { reasonOf } from "./tasks/thrown.ts";

declare global {
  // The interface that Node's types give to `process`.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace NodeJS {
    interface Process {
      /** Node has it without documenting it. */
      reallyExit: (code?: number) => never;
    }
  }
}

const { REMSH_ROOT: root = ".", REMSH_SOCKET: socket = "" } = process.env;
// The variable is for this process only: a process that a task starts must find the running app.
Reflect.deleteProperty(process.env, "REMSH_SOCKET");

/** The exit code when the command line is gone. Only exit listeners in this process see it. */
const ABANDONED = 130;

flushAtEnd();
divertOutput(process.stdout);
divertOutput(process.stderr);
if (joinSupervisor()) await serve();

async function serve(): Promise<void> {
  try {
    const options = optionsFromManifest({ manifest: manifestHere({ REMSH_ROOT: root }), env: process.env });
    const own = { socket, instance: "eval", required: true, preload: false, ready: () => true };
    const agent = await startAgent({ ...options, ...own });
    // The command line has its answer, or is gone: whatever the task has left open does not keep this process alive.
    // `process.exitCode` applies if nothing else has failed.
    whenSupervisorEnds((exitCode = ABANDONED) => {
      void agent.close({ graceMs: 0 }).finally(() => process.exit(exitCode === 0 ? process.exitCode : exitCode));
    });
  } catch (error) {
    tellSupervisor({ type: "failed", reason: reasonOf(error), isTaken: false });
  }
}

/**
 * A task may end this process. Output that the task or an exit listener has printed by then must still arrive. Exit
 * listeners are called after ours, so the last moment to flush is when `process.exit()` leaves JavaScript.
 */
function flushAtEnd(): void {
  process.on("exit", flushOutput); // of an uncaught error
  const { reallyExit } = process;
  const flushed = (code?: number): never => {
    flushOutput();
    // The operating system keeps eight bits of the code: 256 must not become 0, which means success.
    return reallyExit.call(process, code !== undefined && code !== 0 && code % 256 === 0 ? 1 : code);
  };
  Object.assign(process, { reallyExit: flushed });
}

/**
 * A run's output goes to its caller, which prints it. All other output, such as a module's while it loads, goes to
 * stderr.
 */
function divertOutput(stream: AnyWriter): void {
  const stderr: AnyWriter = process.stderr;
  const write = stderr.write.bind(stderr);
  const divert = (...args: unknown[]): boolean => {
    if (!currentRun()) return write(...args);
    const written = args.at(-1);
    if (typeof written === "function") process.nextTick(written);
    return true;
  };
  stream.write = divert;
}
