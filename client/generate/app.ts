// Collects what is known about the project: everything that the templates need, found once.
import path from "node:path";
import { appNameOf, checkName } from "../../shared/addresses.ts";
import { isObject } from "../../shared/messages/shape.ts";
import { readHookSettings, stopTimeout } from "../project/settings.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import { UsageError } from "../terminal/failure.ts";
import { checkProcessName, findProcesses, processNamed, type AppProcesses } from "./app-processes.ts";
import { compiledFrom, compiledTo } from "./compiled.ts";
import { findEngine, hasPostgres, type Engine, type FoundEngine } from "./engine.ts";
import type { ForeignEngine } from "./foreign-engine.ts";
import { migratingCommand, type MigratingCommand } from "./migrating-command.ts";
import { findEntry, type Entry } from "./entry.ts";
import { nodeMajor } from "./node-version.ts";
import { readPackageJson, type PackageJson } from "./package-json.ts";
import { findPackageManager, type PackageManager } from "./package-manager.ts";
import { findTaskModule, type TaskModule } from "./task-module.ts";

/** The project, as the templates see it. */
export interface App {
  root: string;
  /** The app's name, which is also the launcher's. */
  name: string;
  /** The name with small letters, digits and dashes only: for Kubernetes objects, units, users. */
  plainName: string;
  project: PackageJson;
  /** The file that starts it, a path in the project. */
  entry: string;
  /** What else its start script does. */
  start: Omit<Entry, "entry">;
  /** True if a build makes the entry. */
  isCompiled: boolean;
  /** The folder that contains only the build's output; undefined if the build writes beside its sources. */
  outputFolder: string | undefined;
  tasks: TaskModule;
  processes: AppProcesses;
  engine: Engine | undefined;
  /** The command that migrates where remsh/migrate has no engine. */
  command: MigratingCommand | undefined;
  /** What the app migrates with, if remsh/migrate has no engine for it. */
  foreign: ForeignEngine | undefined;
  /** True if there is a `Release.migrate`. */
  migrates: boolean;
  packageManager: PackageManager;
  nodeMajor: number;
  stopTimeoutMs: number;
}

/** What the user said about it. */
export interface AppOptions {
  app?: string | undefined;
  entry?: string | undefined;
  tasks?: string | undefined;
  /** The name of a process beside the app, which `--entry` then starts. */
  process?: string | undefined;
  /** The folder of the migrations. */
  migrations?: string | undefined;
}

/** @throws UsageError, CommandFailure 78, SyntaxError or RpcError BAD_ARGUMENTS when no release can be made for it. */
export async function readApp(from: string, options: AppOptions): Promise<App> {
  const project = readPackageJson(from);
  const name = nameOf(project, options.app);
  refuseSecondApp(project, options);
  const { entry, ...start } = findEntry(project, options.process === undefined ? options.entry : undefined);
  const processes = processesOf(project, options, entry);
  const tasks = findTaskModule({ project, entry, option: options.tasks });
  const { engine, foreign } = tasks.text === undefined ? findEngine(project, options.migrations) : known(project);
  const command = engine ? undefined : migratingCommand(start.before, hasPostgres(project) && !foreign?.isElsewhere);
  const { root } = project;
  const compiled = compiledFrom(root, entry);
  const lifecycle = {
    root,
    app: name,
    directory: name,
    version: "",
    manifest: { root, name, version: "", remsh: project.remsh },
  };
  readHookSettings(lifecycle); // reports a bad setting now, not at the first start
  return {
    root,
    name,
    plainName: plainNameOf(name),
    project,
    entry,
    start,
    isCompiled: compiled !== undefined,
    outputFolder: compiled && isWithin(compiled.folder, compiled.source) ? undefined : compiled?.folder,
    tasks,
    processes,
    engine: engine && { ...engine, folder: folderAtRunTime(engine, root, entry) },
    command,
    foreign,
    migrates: tasks.text === undefined ? engine !== undefined || command !== undefined : isMigrating(tasks.text),
    packageManager: await findPackageManager(project),
    nodeMajor: nodeMajor(project),
    stopTimeoutMs: stopTimeout(lifecycle),
  };
}

/** One package has one release: a second name and entry would turn its launcher round. */
function refuseSecondApp({ remsh, name }: PackageJson, { app, entry }: AppOptions): void {
  const first = typeof remsh.app === "string" ? remsh.app : name && appNameOf(name);
  if (remsh.entry === undefined || first === undefined || app === undefined || app === first || entry === undefined)
    return;
  throw new UsageError(
    `Cannot add "${app}": the package's release is "${first}" (gen release --process ${processNamed(app, first)} --entry ${entry} adds a process to it)`,
  );
}

function processesOf(project: PackageJson, options: AppOptions, entry: string): AppProcesses {
  if (options.process === undefined) return findProcesses(project, { entry });
  const process = checkProcessName(options.process);
  return findProcesses(project, { process, entry: entryOfProcess(project, options) });
}

function entryOfProcess(project: PackageJson, { process: name, entry }: AppOptions): string {
  const { processes } = project.remsh;
  const known = isObject(processes) ? processes[String(name)] : undefined;
  const wanted = entry === undefined ? undefined : findEntry(project, entry).entry;
  if (known === undefined && wanted !== undefined) return wanted;
  const said = isObject(known) && typeof known.entry === "string" ? known.entry : "";
  if (known !== undefined && (wanted === undefined || path.normalize(said) === wanted)) return said;
  if (known !== undefined) {
    throw new UsageError(
      `Cannot take "./${wanted}" for the process "${name}": "remsh" in package.json says "${said}" (edit it there)`,
    );
  }
  throw new UsageError(`Cannot add the process "${name}": say which file starts it (--entry <file>)`);
}

/** Tasks that exist say themselves where the migrations are. */
function known(project: PackageJson): FoundEngine {
  try {
    return findEngine(project, undefined);
  } catch (error) {
    if (error instanceof UsageError) return {};
    throw error;
  }
}

function nameOf({ remsh, name }: PackageJson, option: string | undefined): string {
  if (remsh.app !== undefined && typeof remsh.app !== "string")
    throw badConfiguration('Cannot use package.json: "remsh.app" must be a string');
  const named = option ?? remsh.app ?? (name === undefined ? undefined : appNameOf(name));
  if (named !== undefined) return checkName("app", named);
  throw new UsageError("Cannot generate a release: package.json has no name for the app (--app <name>)");
}

/** Such a name begins with a letter and has at most 31 characters. */
function plainNameOf(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return `${/^[a-z]/.test(plain) ? "" : "app-"}${plain}`.slice(0, 31).replace(/-+$/, "");
}

function isWithin(folder: string, file: string): boolean {
  return file.startsWith(`${folder}/`);
}

/** The folder of the migrations at run time: compiled migrations are in the build's output. */
function folderAtRunTime({ folder, isTypeScript }: Engine, root: string, entry: string): string {
  const compiled = compiledFrom(root, entry);
  if (!compiled || !isTypeScript) return folder;
  return compiledTo(folder, compiled) ?? path.normalize(folder);
}

/** True if the user's own module has migration tasks. Its text is read, because loading it would run it. */
function isMigrating(text: string): boolean {
  return text.includes("remsh/migrate") || /\bmigrate\b\s*[:(]/.test(text);
}
