// Lists the hooks: the files of rel/hooks/<phase>.d/ in lexical order, and how each is run.
import { accessSync, constants, readdirSync } from "node:fs";
import path from "node:path";
import { closest } from "../../shared/closest.ts";
import { hasCode } from "../../shared/has-code.ts";
import { messageOf } from "../../shared/message-of.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import { commentIn, executableFault, fileFault, openFault, readHead } from "./executable-file.ts";
import type { NamedProject } from "../project/project.ts";

/** The phases in which hooks run, in the order of an app's life. */
export const PHASES = ["pre_configure", "post_configure", "pre_start", "post_start", "pre_stop", "post_stop"] as const;
/** One of {@link PHASES}. */
export type Phase = (typeof PHASES)[number];

/** One hook. */
export interface Hook {
  phase: Phase;
  /** `post_start.d/10-migrate`: its name in sentences and before its output. */
  name: string;
  file: string;
  /** Its first comment line, or empty. */
  comment: string;
  /** True for a JavaScript or TypeScript file with a default export; other hooks are executables. */
  isModule: boolean;
}

/** The hooks of a phase; empty if the folder is missing. Names that begin with a dot or end in ~ are skipped. */
export function listHooks({ root }: NamedProject, phase: Phase): Hook[] {
  const folder = path.join(root, "rel/hooks", `${phase}.d`);
  return readFolder(folder)
    .filter((name) => !name.startsWith(".") && !name.endsWith("~"))
    .sort()
    .map((name) => hookOf(phase, path.join(folder, name)));
}

/**
 * Checks the hooks of these phases, by default of all. A folder with almost the name of one of the phases fails the
 * check, too.
 *
 * @throws CommandFailure 78 at the first hook that cannot be run.
 */
export function checkHooks(project: NamedProject, phases: readonly Phase[] = PHASES): void {
  for (const phase of phases) listHooks(project, phase).forEach(checkHook);
  for (const name of readFolder(path.join(project.root, "rel/hooks"))) checkFolderName(name, phases);
}

/** Refuses a misspelt folder: a migration in `post-start.d` would never run, and the deploy would still succeed. */
function checkFolderName(name: string, phases: readonly Phase[]): void {
  const phase = /^(.*)\.d$/.exec(name)?.[1];
  if (phase === undefined || PHASES.some((known) => known === phase)) return;
  const meant = closest(phase, PHASES);
  if (!phases.some((each) => each === meant)) return; // such as `disabled.d`
  throw badConfiguration(
    `Cannot run the hooks in "rel/hooks/${name}": there is no such phase (did you mean ${meant}.d?)`,
  );
}

/** @throws CommandFailure 78 that says why the file cannot be run: the system's own messages for that mislead. */
export function checkHook({ name, file, isModule }: Hook): void {
  const root = path.resolve(file, "../../../..");
  const fault = fileFault(file) ?? openFault(file, root) ?? (isModule ? moduleFault(file) : executableFault(file));
  if (fault !== undefined) throw badConfiguration(`Cannot run the hook "${name}": ${fault}`);
}

function moduleFault(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function hookOf(phase: Phase, file: string): Hook {
  const head = readHead(file);
  return {
    phase,
    name: `${phase}.d/${path.basename(file)}`,
    file,
    comment: commentIn(head),
    // A file with a #! line says itself how to run it.
    isModule: /\.[cm]?[jt]s$/.test(file) && !head.startsWith("#!"),
  };
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return [];
    throw badConfiguration(`Cannot read the hooks in "${folder}": ${messageOf(error)}`);
  }
}
