// Adds the app's own commands to the command line: its help lists them, they are completed, and they receive their
// words unchanged.
import type { Command } from "commander";
import type { Environment } from "../../shared/addresses.ts";
import { manifestHere } from "../../shared/manifest.ts";
import { findCommand, listCommands } from "./command-files.ts";
import type { CommandRun } from "./run-command.ts";

/**
 * Adds the commands of the app that the caller's folder belongs to, and returns the one that the words call.
 *
 * @throws CommandFailure 78 when that one cannot be executed, or has the name of a command of remsh.
 */
export function addAppCommands(program: Command, words: readonly string[], env: Environment): CommandRun | undefined {
  const root = env.REMSH_ROOT ?? rootHere();
  if (root === undefined) return undefined;
  const builtIn = new Set(["help", ...program.commands.map((command) => command.name())]);
  for (const { name, comment } of listCommands(root)) {
    if (builtIn.has(name)) continue;
    program
      .command(name)
      .description(comment)
      .argument("[words...]")
      .helpGroup("Commands of the app, in rel/commands:");
  }
  const [name, ...rest] = words;
  if (name === undefined) return undefined;
  const file = findCommand(root, name, builtIn.has(name));
  return file === undefined ? undefined : { name, file, words: rest };
}

function rootHere(): string | undefined {
  try {
    return manifestHere({})?.root;
  } catch {
    return undefined; // the commands that need package.json report that it is not JSON
  }
}
