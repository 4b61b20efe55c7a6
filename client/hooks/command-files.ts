// The app's own commands: the executables in rel/commands, each a command of its launcher by its file's name.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { badConfiguration } from "../terminal/command-failure.ts";
import { commentIn, executableFault, fileFault, openFault, readHead } from "./executable-file.ts";

/** One command of the app's. */
export interface CommandFile {
  name: string;
  file: string;
  /** Its first line of comment, or nothing. */
  comment: string;
}

const NAME = /^[A-Za-z0-9][\w.-]*$/;

/** The file that such a command would be. */
export function commandFile(root: string, name: string): string {
  return path.join(root, "rel/commands", name);
}

/** The app's commands in lexical order: what can be executed. None where the folder is missing, or cannot be read. */
export function listCommands(root: string): CommandFile[] {
  return namesIn(path.join(root, "rel/commands"))
    .filter((name) => NAME.test(name))
    .map((name) => ({ name, file: commandFile(root, name) }))
    .filter(({ file }) => commandFault(file, root) === undefined)
    .map((command) => ({ ...command, comment: commentIn(readHead(command.file)) }));
}

/**
 * The file of the command; undefined where there is none of that name. `isBuiltIn` says that remsh has one, too.
 *
 * @throws CommandFailure 78 when it cannot be executed, or has the name of one of remsh's own.
 */
export function findCommand(root: string, name: string, isBuiltIn: boolean): string | undefined {
  const file = commandFile(root, name);
  if (!NAME.test(name) || !existsSync(file)) return undefined;
  const fault = isBuiltIn ? "remsh has a command of that name (rename the file)" : commandFault(file, root);
  if (fault === undefined) return file;
  throw badConfiguration(`Cannot run "rel/commands/${name}": ${fault}`);
}

function commandFault(file: string, root: string): string | undefined {
  return fileFault(file) ?? openFault(file, root) ?? executableFault(file);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // as in most apps; whoever calls a command of it is told that it is unknown
  }
}
