// The program that runs the hooks of one phase for the supervisor of a running app. Its words are the phase and the
// hooks' time limit; the rest is in variables that the app has, too. It prints the name of each hook that begins. SIGTERM,
// or the end of the supervisor, ends the running hook.
import { reportFailure } from "../terminal/failure.ts";
import { processStreams } from "../terminal/process-streams.ts";
import { PHASES } from "./hook-files.ts";
import { Hooks } from "./hooks.ts";

const [, , phase = "", timeoutMs] = process.argv;
const { REMSH_ROOT: root = "", REMSH_APP: app = "", REMSH_VERSION: version = "" } = process.env;
const streams = processStreams();

const over = new AbortController();
process.on("SIGTERM", () => over.abort());
// The supervisor is gone, so nothing is left that could call the app ready.
for (const event of ["end", "error"]) process.stdin.on(event, () => over.abort());
process.stdin.resume();

void run().then((exitCode) => {
  process.exitCode = exitCode;
  process.stdin.destroy();
});

async function run(): Promise<number> {
  const project = { root, app, version };
  const begins = (hook: string) => streams.stdout.write(`${hook}\n`);
  const options = { project, streams, command: "start", timeoutMs: Number(timeoutMs), signal: over.signal, begins };
  const hooks = new Hooks(options);
  try {
    // Always one of them: the supervisor of this very version has written it.
    const named = PHASES.find((each) => each === phase);
    if (named) await hooks.run(named);
    return 0;
  } catch (error) {
    // The supervisor ended the hook because it was not needed any longer, which is not a failure.
    if (over.signal.aborted) return 0;
    return reportFailure(error, streams, false);
  }
}
