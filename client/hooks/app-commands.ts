// The app's own commands in the command line: listed in its help and completed, and run with their words as they are.
import type { Command } from "commander";
import type { Environment } from "../../shared/addresses.ts";
import { findManifest } from "../../shared/manifest.ts";
import { findCommand, listCommands } from "./command-files.ts";
import type { CommandRun } from "./run-command.ts";

/**
 * Adds those of the app in whose folder this is to the program, and returns the one that the words call.
 *
 * @throws CommandFailure 78 when that one cannot be executed, or has the name of one of remsh's own.
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
    return findManifest(process.cwd())?.root;
  } catch {
    return undefined; // a package.json that is no JSON is told of by the commands that need it
  }
}
