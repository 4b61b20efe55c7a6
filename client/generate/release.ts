// `gen release`: reads the project, plans the files, writes those that need writing, and reports what happened to each.
import { columns } from "../../shared/columns.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import { CommandFailure, refusedBySystem } from "../terminal/command-failure.ts";
import { reportFailure } from "../terminal/failure.ts";
import type { Streams } from "../terminal/streams.ts";
import { nextSteps, notesFor, type NextStep } from "./advice.ts";
import { readApp, type App } from "./app.ts";
import { planFiles } from "./plan.ts";
import type { PlanOptions } from "./planned-file.ts";
import { compareFiles, isWritten, writeFile, type Action, type ComparedFile } from "./write-files.ts";

/** Options of `gen release`. */
export interface ReleaseOptions extends PlanOptions, Pick<GlobalOptions, "json"> {
  dryRun?: boolean | undefined;
}

const REMARKS: Partial<Record<Action, string>> = {
  differs: "not written; --force overwrites it",
  keep: "your tasks, which package.json names",
};

/**
 * Generates a release for the project of REMSH_ROOT, else of the working directory. Reports any failure, and resolves
 * to the exit code.
 */
export async function generateRelease(options: ReleaseOptions, streams: Streams): Promise<number> {
  try {
    await generate(options, streams);
    return 0;
  } catch (error) {
    return reportFailure(refusedBySystem(error, "generate a release") ?? error, streams, options.json ?? false);
  }
}

/**
 * @throws UsageError when it is not clear which app is meant; CommandFailure 77 or 78 when the release cannot be
 * written.
 */
async function generate(options: ReleaseOptions, { stdout, env }: Streams): Promise<void> {
  const app = await readApp(env.REMSH_ROOT ?? process.cwd(), options);
  const files = compareFiles(app.root, planFiles(app, options), options.force ?? false);
  if (!options.json) stdout.write(`${app.name}, in ${app.root}\n`);
  const tell = (file: ComparedFile) => {
    if (!options.json) stdout.write(lineOf(file));
  };
  const notes = notesFor(app, options, files);
  const next = nextSteps(app, options);
  writeAll(files, options.dryRun ?? false, tell);
  const told = { files, notes, next, dryRun: options.dryRun ?? false };
  stdout.write(options.json ? documentOf(app, told) : adviceOf(told));
}

/** Writes the files. If one fails, those written before it are still reported. */
function writeAll(files: readonly ComparedFile[], dryRun: boolean, tell: (file: ComparedFile) => void): void {
  const written: string[] = [];
  for (const file of files) {
    try {
      if (isWritten(file) && !dryRun) writeFile(file);
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      throw new CommandFailure(
        `${error.message} (written before it: ${written.join(", ") || "nothing"})`,
        error.exitCode,
      );
    }
    if (isWritten(file)) written.push(file.path);
    tell(file);
  }
}

function lineOf({ action, path }: ComparedFile): string {
  const remark = REMARKS[action];
  return `${action.padEnd(9)}  ${path}${remark === undefined ? "" : `  (${remark})`}\n`;
}

/** The next steps are shown only if something new was written. */
function adviceOf({ files, notes, next, dryRun }: Told): string {
  const rows = next.map(({ command, what }) => [command, `# ${what}`]);
  const steps = columns(rows, { indent: "  " }).map((line) => `${line}\n`);
  const sections = [
    notes.map((note) => `- ${note}\n`),
    files.some(isWritten) ? ["Next:\n", ...steps] : [],
    dryRun ? ["Nothing was written: this is what would be (--dry-run)\n"] : [],
  ];
  return sections
    .filter(({ length }) => length > 0)
    .map((lines) => `\n${lines.join("")}`)
    .join("");
}

interface Told {
  files: readonly ComparedFile[];
  notes: readonly string[];
  next: readonly NextStep[];
  dryRun: boolean;
}

function documentOf({ name, root }: App, { files, notes, next, dryRun }: Told): string {
  const listed = files.map(({ path, action }) => ({ path, action }));
  return `${JSON.stringify({ app: name, root, dryRun, files: listed, notes, next: next.map(({ command }) => command) })}\n`;
}
