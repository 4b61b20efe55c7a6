// Writes what the user should know about this project's release, and which commands come next.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { hasPostgres } from "./engine.ts";
import type { App } from "./app.ts";
import { compiledFrom } from "./compiled.ts";
import type { PackageManager } from "./package-manager.ts";
import { isWithoutMigrations, MIGRATE_JOB, migrateHookPath, ownMigrations } from "./hooks.ts";
import { MIGRATING_PHASES, type PlanOptions } from "./planned-file.ts";
import type { BeforeApp } from "./start/before-app.ts";
import { startSettings } from "./start-settings.ts";
import type { ComparedFile } from "./write-files.ts";

/** A command and its purpose. */
export interface NextStep {
  command: string;
  what: string;
}

/** Notes on what is special about this project and does not show before it runs. */
export function notesFor(app: App, options: PlanOptions, files: readonly ComparedFile[]): string[] {
  return [
    ...ofItsStart(app),
    ...ofItsMigrations(app, files),
    ...ofItsPackages(app, options),
    ...(options.docker ? ofItsImage(app) : []),
  ];
}

/** The next commands, in order. */
export function nextSteps(app: App, { docker, kubernetes, systemd }: PlanOptions): NextStep[] {
  return [
    ...firstSteps(app),
    ...(docker ? imageSteps(app) : []),
    ...(kubernetes ? [deployStep(app)] : []),
    ...(systemd ? [unitStep(app)] : []),
  ];
}

function firstSteps(app: App): NextStep[] {
  const { name, packageManager, project, isCompiled, tasks } = app;
  return [
    ...("remsh" in project.dependencies
      ? []
      : [{ command: `${packageManager.add} remsh`, what: "the agent and its client" }]),
    ...(isCompiled ? [{ command: `${packageManager.run} build`, what: `makes ${tasks.file}` }] : []),
    { command: `bin/${name} start`, what: "in the foreground" },
    callStep(app),
  ];
}

function callStep(app: App): NextStep {
  const { name, tasks, migrates } = app;
  if (!migrates && tasks.text !== undefined) return { command: `bin/${name} tasks`, what: "asks the running app" };
  const task = migrates ? "Release.migrate" : "Release.hello";
  return withOtherTasks(app) === undefined
    ? { command: `bin/${name} rpc ${task}`, what: "asks the running app" }
    : { command: `bin/${name} eval ${task}`, what: "in a process of its own" };
}

function imageSteps({ plainName, migrates }: App): NextStep[] {
  const migrate = { command: `docker run --rm -e DATABASE_URL ${plainName} bin/migrate`, what: "migrates, and ends" };
  return [
    { command: `docker build -t ${plainName} .`, what: "the image" },
    ...(migrates ? [migrate] : []),
    { command: `docker run --rm ${migrates ? "-e DATABASE_URL " : ""}${plainName}`, what: "runs the app" },
  ];
}

function deployStep({ plainName, migrates }: App): NextStep {
  const what = migrates ? "migrates, then rolls out" : "rolls out";
  return { command: `rel/kubernetes/deploy registry.example.com/${plainName}:1.0.0`, what };
}

function unitStep({ plainName }: App): NextStep {
  return { command: `systemctl link /srv/${plainName}/rel/systemd/${plainName}.service`, what: "on the host, once" };
}

function ofItsStart(app: App): string[] {
  const { root, entry, isCompiled, tasks, project, packageManager } = app;
  const hasBuild = "build" in project.scripts;
  const isMissing = !isCompiled && !existsSync(path.join(root, entry));
  return [
    ...ofItsAgent(app),
    ...(isMissing ? [`There is no "${entry}" yet, which package.json names as the entry`] : []),
    ...ofItsScript(app),
    ...(isCompiled
      ? [
          `The app runs as it is compiled: ${hasBuild ? `${packageManager.run} build` : "its build"} must make ${tasks.file} of ${tasks.source}, too`,
        ]
      : []),
  ];
}

/** What of the start script is now in package.json. */
function ofItsSettings(app: App): string[] {
  const settings = Object.entries(startSettings(app)).map(([key, words]) => `"${key}": ${JSON.stringify(words)}`);
  return settings.length === 0 ? [] : [`From the start script, package.json has ${settings.join(" and ")}`];
}

/** What the start script does that a release does in another way, or not at all. */
function ofItsScript(app: App): string[] {
  const { name, start, packageManager, isCompiled } = app;
  const builds = start.before.filter(({ kind }) => kind === "builds").map(({ text }) => `"${text}"`);
  const lost = start.lost.map(({ what, instead }) => {
    const more = instead === undefined ? "" : ` (${instead.replaceAll("<app>", name)})`;
    return `Of the start script, ${what} is not taken over${more}`;
  });
  const build = isCompiled ? ` (${packageManager.run} build)` : "";
  return [
    ...ofItsSettings(app),
    ...(builds.length === 0
      ? []
      : [`The start script runs ${builds.join(", ")}: run that before bin/${name} start${build}`]),
    ...lost,
    ...app.processes.lost.map(({ what, instead }) => `${what} is not taken over (${instead})`),
  ];
}

function ofItsAgent(app: App): string[] {
  const source = withOtherTasks(app);
  if (source === undefined) return [];
  return [
    `${source} calls startAgent: the running app has those tasks, and only eval these, unless it says tasks: () => import("./${tasksFromEntry(app)}")`,
  ];
}

/**
 * For an app that starts its agent itself and names its tasks there: the file, if its tasks are not those of the
 * module.
 */
function withOtherTasks(app: App): string | undefined {
  const { root, entry } = app;
  const source = compiledFrom(root, entry)?.source ?? entry;
  const file = path.join(root, source);
  const text = statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, "utf8") : "";
  const own = tasksFromEntry(app);
  const hasThese = text.includes(`/${path.basename(own, path.extname(own))}`);
  return /\bstartAgent\s*\(/.test(text) && !hasThese ? source : undefined;
}

function tasksFromEntry({ entry, tasks }: App): string {
  return path.relative(path.dirname(entry), tasks.file);
}

function ofItsMigrations(app: App, files: readonly ComparedFile[]): string[] {
  const has = (name: string) => files.some((file) => file.path === name) || existsSync(path.join(app.root, name));
  const hooks = MIGRATING_PHASES.map(migrateHookPath).filter(has);
  const all = [...(has(MIGRATE_JOB) ? [MIGRATE_JOB] : []), ...hooks];
  return [
    ...(all.length > 1
      ? [`Both ${all.join(" and ")} migrate. The lock makes that safe, and either may be removed`]
      : []),
    ...(isWithoutMigrations(app)
      ? ["drizzle has no migrations yet: after drizzle-kit generate, gen release adds the hook that applies them"]
      : []),
    ...ownMigrations(app).map(ofItsOwnMigration),
    ...ofItsCommand(app),
  ];
}

/** An engine or a database that remsh/migrate has nothing for, and the command instead. */
function ofItsCommand({ command, foreign, tasks, project }: App): string[] {
  if (tasks.text !== undefined) return [];
  if (command) {
    const lock = command.hasLock ? "under the lock if DATABASE_URL is set" : "without a lock";
    return [`As the start script did, Release.migrate runs "${command.text}" by command(), ${lock}`];
  }
  if (!foreign) return [];
  const call = `migrations({ engine: command("${foreign.command}"), lock: false })`;
  const adapter =
    foreign.adapter === undefined || !hasPostgres(project)
      ? ""
      : `, or ${foreign.adapter}() with its lock (docs/migrations.md)`;
  return [`${foreign.reason}: ${call} in ${tasks.source} would run it${adapter}`];
}

function ofItsOwnMigration({ text }: BeforeApp): string {
  return `${migrateHookPath("pre_start")} runs "${text}", as the start script did, in each instance at its start and without a lock`;
}

function ofItsPackages(app: App, { docker }: PlanOptions): string[] {
  const { project, engine, foreign, start, packageManager } = app;
  const programs = start.before.filter(({ kind }) => kind !== "builds").map(({ name }) => name);
  const ofEngine = engine && engine.name !== "prisma" ? [engine.packageName] : [];
  const needed = new Set([
    "remsh",
    ...ofEngine,
    ...(foreign?.packageName === undefined ? [] : [foreign.packageName]),
    ...programs,
  ]);
  return [...needed]
    .filter((name) => docker && name in project.devDependencies && !(name in project.dependencies))
    .map(
      (name) => `${name} is only in "devDependencies", and the image has none of them (${packageManager.add} ${name})`,
    );
}

function ofItsImage(app: App): string[] {
  const { root, packageManager } = app;
  const yarn = path.join(root, ".yarnrc.yml");
  const isPlugged =
    packageManager.install.includes("immutable") &&
    !(existsSync(yarn) && readFileSync(yarn, "utf8").includes("nodeLinker: node-modules"));
  return [
    ...(packageManager.lockFile === undefined ? [withoutLockFile(packageManager)] : []),
    ...(isPlugged
      ? [
          "The image has no packages of Yarn's cache, where Plug'n'Play finds them: .yarnrc.yml needs nodeLinker: node-modules",
        ]
      : []),
    ...ofItsTypeScript(app),
  ];
}

function withoutLockFile({ outerLockFile: outer }: PackageManager): string {
  const reason = outer === undefined ? "There is no lock file here" : `The lock file "${outer}" is not in this folder`;
  return `${reason}: the image gets what is newest when it is built`;
}

/** TypeScript that runs without a build. */
function ofItsTypeScript({ entry, tasks, isCompiled, project, nodeMajor, packageManager }: App): string[] {
  const runsTypeScript = /\.[cm]?ts$/.test(entry) || (!isCompiled && /\.[cm]?ts$/.test(tasks.file));
  if (!runsTypeScript || "tsx" in project.dependencies) return [];
  const by = nodeMajor < 22 ? `and Node ${nodeMajor} cannot` : `unless Node's own type stripping is enough`;
  return [`The app's TypeScript needs tsx in the image, ${by} (${packageManager.add} tsx)`];
}
