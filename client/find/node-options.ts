// Node's options that the caller has set, NODE_OPTIONS: for the app, for `eval`'s tasks, for hooks and commands. In a program
// of remsh's own they would load an APM that prints, open the app's debugger port, or start one more agent. So the
// launcher hands them over under another name, and the programs do so among themselves.
import type { Environment } from "../../shared/addresses.ts";

/** The name under which a program of remsh's own is given them: launcher-script.ts and remsh.sh write it, too. */
const KEPT = "REMSH_NODE_OPTIONS";

/** The environment as the caller has it, for what is the caller's or the app's. */
export function callersEnvironment(env: Environment): Environment {
  const { [KEPT]: kept, ...rest } = env;
  return kept === undefined ? env : { ...rest, NODE_OPTIONS: kept };
}

/** The same for a program of remsh's own, which gives {@link callersEnvironment} to what it starts. */
export function ownEnvironment(env: Environment): Environment {
  const { NODE_OPTIONS: options, ...rest } = env;
  return options ? { ...rest, [KEPT]: options } : env;
}
