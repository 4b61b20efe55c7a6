// Lists the app's own commands: each executable in rel/commands is a command of the launcher with the file's name.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { badConfiguration } from "../terminal/command-failure.ts";
import { commentIn, executableFault, fileFault, openFault, readHead } from "./executable-file.ts";

/** A command of the app. */
export interface CommandFile {
  name: string;
  file: string;
  /** Its first comment line, or empty. */
  comment: string;
}

const NAME = /^[A-Za-z0-9][\w.-]*$/;

/** The file for a command of that name. */
function commandFile(root: string, name: string): string {
  return path.join(root, "rel/commands", name);
}

/** The app's commands in lexical order: all executable files. Empty if the folder is missing or cannot be read. */
export function listCommands(root: string): CommandFile[] {
  return namesIn(path.join(root, "rel/commands"))
    .filter((name) => NAME.test(name))
    .map((name) => ({ name, file: commandFile(root, name) }))
    .filter(({ file }) => commandFault(file, root) === undefined)
    .map((command) => ({ ...command, comment: commentIn(readHead(command.file)) }));
}

/**
 * The file of the command; undefined if there is none of that name. `isBuiltIn` means that remsh has a command of that
 * name, too.
 *
 * @throws CommandFailure 78 when it cannot be executed, or has the name of a command of remsh.
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
    return []; // most apps have no such folder; an unknown command is reported as such
  }
}
