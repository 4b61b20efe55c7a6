// Compares the planned files with the existing ones, and writes those that need writing: completely or not at all,
// never through a link out of the project, and never over other content unless told to.
import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { messageOf } from "../../shared/message-of.ts";
import { makeDirectory } from "../../shared/make-directory.ts";
import { badConfiguration, CommandFailure, refusalExitCode } from "../terminal/command-failure.ts";
import type { PlannedFile } from "./planned-file.ts";

/** What happens to a file. */
export type Action = "create" | "update" | "overwrite" | "identical" | "differs" | "keep";

/** A planned file, compared with the existing one. */
export interface ComparedFile extends PlannedFile {
  action: Action;
  /** The path that is written: the same file, without symbolic links. */
  target: string;
}

/** @throws CommandFailure 77 or 78 when a file that should be written cannot be. Nothing has been written then. */
export function compareFiles(root: string, files: readonly PlannedFile[], force: boolean): ComparedFile[] {
  return files.map((file) => {
    const target = targetOf(root, file.path);
    const compared = { ...file, target, action: actionFor(file, target, force) };
    if (isWritten(compared)) checkWritable(root, compared);
    return compared;
  });
}

/** True if the file is written. */
export function isWritten({ action }: ComparedFile): boolean {
  return action === "create" || action === "update" || action === "overwrite";
}

/** @throws CommandFailure 77 or 78. */
export function writeFile({ path: name, target, text, isProgram }: ComparedFile): void {
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}`);
  try {
    makeDirectory(path.dirname(target));
    closeSync(openSync(temporary, "wx", isProgram ? 0o777 : 0o666));
  } catch (error) {
    throw cannotWrite(name, error); // an existing file of that name must not be removed
  }
  try {
    writeFileSync(temporary, text);
    takeOver(temporary, target, isProgram ? 0o111 : 0);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw cannotWrite(name, error);
  }
}

/**
 * The file that a path in the project leads to. @throws CommandFailure 78 when that is not a file, or not in the
 * project.
 */
function targetOf(root: string, name: string): string {
  const file = path.join(root, name);
  const folder = existing(path.dirname(file));
  const above = `"${path.relative(root, folder)}"`;
  if (!existsSync(folder)) throw badConfiguration(`Cannot write "${name}": ${above} is a link that leads nowhere`);
  if (!statSync(folder).isDirectory()) throw badConfiguration(`Cannot write "${name}": ${above} is not a folder`);
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink() && !existsSync(file))
    throw badConfiguration(`Cannot write "${name}": it is a link that leads nowhere`);
  const target = stats ? realpathSync(file) : path.join(realpathSync(folder), path.relative(folder, file));
  if (!isInside(realpathSync(root), target))
    throw badConfiguration(`Cannot write "${name}": it leads out of the project, to "${target}"`);
  if (stats && !statSync(target).isFile())
    throw badConfiguration(`Cannot write "${name}": it is there, and not a file`);
  return target;
}

/** The folder itself, or the nearest existing one above it, which may be a link that leads nowhere. */
function existing(folder: string): string {
  return lstatSync(folder, { throwIfNoEntry: false }) ? folder : existing(path.dirname(folder));
}

function isInside(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return !relative.startsWith("..") && !path.isAbsolute(relative);
}

function actionFor(file: PlannedFile, target: string, force: boolean): Action {
  if (file.isKept) return "keep";
  if (!existsSync(target)) return "create";
  const isSame = readFileSync(target, "utf8") === file.text;
  if (isSame) return file.isProgram && !isExecutable(target) ? "update" : "identical";
  if (file.isAddition) return "update";
  return force ? "overwrite" : "differs";
}

function isExecutable(file: string): boolean {
  return (statSync(file).mode & 0o100) !== 0;
}

function checkWritable(root: string, { path: name, target }: ComparedFile): void {
  const folder = existing(path.dirname(target));
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    const where = path.relative(realpathSync(root), folder);
    throw new CommandFailure(`Cannot write "${name}": the folder "${where || root}" cannot be written to`, 77);
  }
}

/** A replaced file keeps its mode, and if root replaces it, its owner. */
function takeOver(temporary: string, target: string, executable: number): void {
  const stats = statSync(target, { throwIfNoEntry: false });
  if (!stats) return;
  chmodSync(temporary, stats.mode | executable);
  if (process.getuid?.() === 0) chownSync(temporary, stats.uid, stats.gid);
}

function cannotWrite(name: string, error: unknown): CommandFailure {
  const reason = messageOf(error);
  return new CommandFailure(`Cannot write "${name}": ${reason}`, refusalExitCode(error));
}
