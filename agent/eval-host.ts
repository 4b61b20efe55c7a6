// The process behind `remsh eval`: the app's tasks and an agent, and not the app. The command line calls the task in it as it
// would in the running app, so that arguments, output, deadlines and exit codes are the same by construction.
import { findManifest } from "../shared/manifest.ts";
import { optionsFromManifest } from "./config.ts";
import { currentRun } from "./runs/current-run.ts";
import { flushOutput } from "./runs/flush-output.ts";
import { startAgent } from "./start-agent.ts";
import { joinSupervisor, tellSupervisor, whenSupervisorEnds } from "./lifecycle/supervision.ts";
import { reasonOf } from "./tasks/thrown.ts";

const { REMSH_ROOT: root = ".", REMSH_SOCKET: socket = "" } = process.env;
// It is this process's own: what a task starts must find the running app.
Reflect.deleteProperty(process.env, "REMSH_SOCKET");

/** The exit code where the command line is gone. Nobody sees it but the listeners of this process's exit. */
const ABANDONED = 130;

flushAtEnd();
divertOutput(process.stdout);
divertOutput(process.stderr);
if (joinSupervisor()) await serve();

async function serve(): Promise<void> {
  try {
    const options = optionsFromManifest(findManifest(root));
    const agent = await startAgent({ ...options, socket, instance: "eval", required: true, preload: false });
    // The command line has its answer, or is gone: what the task has left open does not keep this process alive. Its
    // `process.exitCode` counts where nothing else has failed.
    whenSupervisorEnds((exitCode = ABANDONED) => {
      void agent.close({ graceMs: 0 }).finally(() => process.exit(exitCode === 0 ? process.exitCode : exitCode));
    });
  } catch (error) {
    tellSupervisor({ type: "failed", reason: reasonOf(error), isTaken: false });
  }
}

/**
 * A task may end this process: what it has printed before that arrives, and what listeners of the exit print. They are called
 * after ours, so the last moment is the one in which `process.exit()` leaves JavaScript.
 */
function flushAtEnd(): void {
  process.on("exit", flushOutput); // of an uncaught error
  const { reallyExit } = process as unknown as { reallyExit: (code?: number) => never };
  const flushed = (code?: number): never => {
    flushOutput();
    // The system takes eight bits of it: 256 is no success.
    return reallyExit.call(process, code !== undefined && code !== 0 && code % 256 === 0 ? 1 : code);
  };
  Object.assign(process, { reallyExit: flushed });
}

/** A run's output goes to its caller, who prints it. Anything else, as what a module prints when it is loaded, to stderr. */
function divertOutput(stream: NodeJS.WriteStream): void {
  const write = process.stderr.write.bind(process.stderr);
  const divert = (...args: Parameters<typeof write>): boolean => {
    if (!currentRun()) return write(...args);
    const written: unknown = args.at(-1);
    if (typeof written === "function") process.nextTick(written);
    return true;
  };
  // An overloaded method: the implementation passes on whatever it was given.
  stream.write = divert as typeof stream.write;
}
