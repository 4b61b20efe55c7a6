// Lets a command name one of the app's processes by a plain word: `start worker` is `start --instance worker`.
import type { Environment } from "../../shared/addresses.ts";
import { manifestHere } from "../../shared/manifest.ts";
import { processIn, processNames } from "../../shared/processes.ts";
import { UsageError } from "../terminal/failure.ts";

/** The commands that take no word of their own, or only the app's after `--`. */
const COMMANDS =
  /^(start|daemon|stop|restart|reload|ping|status|stack|logs|pid|remote|ready|drain|describe|tasks|runs|version)$/;

/**
 * The words with the process as an option. @throws UsageError when the app has processes, and none of that name: a
 * mistyped name must not start the app itself.
 */
export function withProcess(words: readonly string[], env: Environment): string[] {
  const [command = "", word = "", ...rest] = words;
  if (!COMMANDS.test(command) || !/^[A-Za-z]/.test(word)) return [...words];
  const names = processNames(readRemsh(env));
  if (names.length === 0) return [...words];
  if (processIn(names, word) !== undefined) return [command, "--instance", word, ...rest];
  throw new UsageError(`Cannot ${command} "${word}": the app has no process of that name (it has ${names.join(", ")})`);
}

/** A package.json that cannot be read is for the command to report. */
function readRemsh(env: Environment): unknown {
  try {
    return manifestHere(env)?.remsh;
  } catch {
    return undefined;
  }
}
