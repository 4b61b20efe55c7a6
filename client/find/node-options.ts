// Keeps the caller's NODE_OPTIONS for the app, `eval`'s tasks, hooks and commands. In remsh's own programs they would
// load an APM that prints, open the app's debugger port, or start a second agent. So the launcher passes them under
// another name, and remsh's programs do the same among themselves.
import type { Environment } from "../../shared/addresses.ts";

/** The variable under which remsh's own programs receive them. launcher-script.ts and remsh.sh write it, too. */
const KEPT = "REMSH_NODE_OPTIONS";

/** The caller's environment, for programs of the caller or the app. */
export function callersEnvironment(env: Environment): Environment {
  const { [KEPT]: kept, ...rest } = env;
  return kept ? { ...rest, NODE_OPTIONS: kept } : rest;
}

/** The environment for remsh's own programs, which pass {@link callersEnvironment} to the programs that they start. */
export function ownEnvironment(env: Environment): Environment {
  const { NODE_OPTIONS: options, ...rest } = env;
  return options ? { ...rest, [KEPT]: options } : env;
}
