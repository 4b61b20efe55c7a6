// Finds the file that starts the app: the one that package.json names, else the one that its start script runs, else a
// usual name.
import path from "node:path";
import { UsageError } from "../terminal/failure.ts";
import { pathIn, type PackageJson } from "./package-json.ts";
import { resolveFile } from "./program-file.ts";
import { isLauncher, readStartScript, type StartScript, type UnreadScript } from "./start/start-script.ts";

const NAMES = ["server", "main", "index", "app"];
const FOLDERS = ["", "dist", "build", "src"];

/** The app's entry, and what else its start script does. */
export interface Entry extends Omit<StartScript, "file"> {
  /** A path in the project: `server.js`. A build may have yet to make it. */
  entry: string;
}

/** @throws UsageError when `--entry` names no file, or when nothing else says which file it is. */
export function findEntry(project: PackageJson, option: string | undefined): Entry {
  const script = readStartScript(project);
  const chosen = option === undefined ? pathIn(project.remsh, "entry") : given(project.root, option);
  if (chosen !== undefined) return withScript(chosen, script);
  if (script && "file" in script) return withScript(script.file, script);
  if (script) throw unread(script);
  return withScript(usual(project), undefined);
}

/** What the script does is that of the app only if it runs the same file. */
function withScript(entry: string, script: StartScript | UnreadScript | undefined): Entry {
  const nothing = { entry, nodeArgs: [], args: [], env: {}, before: [], lost: [] };
  if (script && "file" in script) {
    const { file, ...others } = script;
    if (path.normalize(file) === path.normalize(entry)) return { ...others, entry };
    return { ...nothing, lost: [{ what: `what it does for "${file}"` }] };
  }
  return script === undefined || isLauncher(script)
    ? nothing
    : { ...nothing, lost: [{ what: `"${script.text}"`, instead: script.reason }] };
}

function unread({ script, text, reason, remedy = "--entry <file>" }: UnreadScript): UsageError {
  return new UsageError(
    `Cannot tell which file starts the app: its script "${script}" runs "${text}", and ${reason} (${remedy})`,
  );
}

/** A file that exists, or that a build makes. */
function given(root: string, option: string): string {
  const file = path.relative(root, path.resolve(option));
  const inside = !file.startsWith("..") && !path.isAbsolute(file);
  const found = inside ? resolveFile(root, file) : undefined;
  if (found !== undefined) return found;
  const reason = inside ? "there is no such file" : `it is not in "${root}"`;
  throw new UsageError(`Cannot take "${option}" for the app's entry: ${reason}`);
}

function usual({ root, content: { main } }: PackageJson): string {
  const file = typeof main === "string" ? resolveFile(root, main) : undefined;
  const stems = FOLDERS.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  const found = file ?? stems.map((stem) => resolveFile(root, stem)).find((each) => each !== undefined);
  if (found !== undefined) return found;
  const named =
    typeof main === "string" ? `there is no "${main}", which package.json names,` : "package.json names none,";
  throw new UsageError(`Cannot tell which file starts the app: ${named} and none has a usual name (--entry <file>)`);
}
