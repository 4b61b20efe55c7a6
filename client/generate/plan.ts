// Decides which files a release consists of, for this app and these options, and what each contains.
import { existsSync } from "node:fs";
import path from "node:path";
import { isObject } from "../../shared/messages/shape.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import { UsageError } from "../terminal/failure.ts";
import { launcherScript } from "../project/launcher-script.ts";
import type { App } from "./app.ts";
import { hooks, MIGRATE_JOB } from "./hooks.ts";
import type { PlannedFile, PlanOptions } from "./planned-file.ts";
import { migrationFolders } from "./migration-folders.ts";
import { withSettings, type Settings } from "./package-json.ts";
import { startSettings } from "./start-settings.ts";
import { readText } from "./task-module.ts";
import { dockerfile, dockerIgnore } from "./templates/docker.ts";
import { deployment, deployProgram, migrateJob } from "./templates/kubernetes.ts";
import { aboutHooks } from "./templates/hooks.ts";
import { environment, migrateProgram, serverProgram } from "./templates/launcher.ts";
import { releaseModule } from "./templates/release-module.ts";
import { systemdUnit } from "./templates/systemd.ts";

/**
 * All files. package.json comes last, because it names files that are written before. @throws UsageError,
 * CommandFailure 78.
 */
export function planFiles(app: App, options: PlanOptions): PlannedFile[] {
  const { docker, kubernetes, systemd } = options;
  return [
    taskModule(app),
    ...emptyFolder(app),
    {
      path: `bin/${app.name}`,
      text: launcherScript({ app: app.name, packageName: app.project.name }),
      isProgram: true,
    },
    ...(docker || kubernetes ? containerPrograms(app) : []),
    { path: "rel/env.sh", text: environment(app) },
    { path: "rel/hooks/README.md", text: aboutHooks(app) },
    ...hooks(app, options),
    ...(docker ? dockerFiles(app) : []),
    ...(kubernetes ? kubernetesFiles(app) : []),
    ...(systemd ? units(app) : []),
    packageJson(app, options),
  ];
}

/**
 * Another file with that name is never overwritten, even with `--force`: it may be a program, and loading it would run
 * it.
 */
function taskModule(app: App): PlannedFile {
  const { source, text } = app.tasks;
  if (text !== undefined) return { path: source, text, isKept: true };
  const planned = { path: source, text: releaseModule(app) };
  const file = path.join(app.root, source);
  if (!existsSync(file) || readText(file) === planned.text) return planned;
  throw new UsageError(
    `Cannot take "${source}" for the tasks: it is there already, and package.json does not name it (--tasks ${source} takes it as it is, --tasks <file> another)`,
  );
}

/** The engine's folder, which must exist, for an app that has no migrations anywhere. */
function emptyFolder({ root, engine, tasks }: App): PlannedFile[] {
  if (!engine || engine.hasFolder || engine.name === "drizzle" || tasks.text !== undefined) return [];
  if (migrationFolders(root).length > 0) return [];
  return [{ path: `${engine.folder}/.gitkeep`, text: "" }];
}

function containerPrograms(app: App): PlannedFile[] {
  if (app.name === "server" || app.name === "migrate") {
    throw badConfiguration(
      `Cannot generate bin/${app.name}: it would be both the app's launcher and the container's program (--app <name>)`,
    );
  }
  const migrate = { path: "bin/migrate", text: migrateProgram(app), isProgram: true };
  return [{ path: "bin/server", text: serverProgram(app), isProgram: true }, ...(app.migrates ? [migrate] : [])];
}

function dockerFiles(app: App): PlannedFile[] {
  return [
    { path: "Dockerfile", text: dockerfile(app) },
    { path: ".dockerignore", text: dockerIgnore(app) },
  ];
}

function kubernetesFiles(app: App): PlannedFile[] {
  return [
    { path: "rel/kubernetes/deploy", text: deployProgram(app), isProgram: true },
    ...(app.migrates ? [{ path: MIGRATE_JOB, text: migrateJob(app) }] : []),
    { path: "rel/kubernetes/deployment.yaml", text: deployment(app) },
    ...app.processes.names.map((name) => ({
      path: `rel/kubernetes/deployment-${name}.yaml`,
      text: deployment(app, name),
    })),
  ];
}

/** One for the app, and one for each process beside it. */
function units(app: App): PlannedFile[] {
  return [
    { path: `rel/systemd/${app.plainName}.service`, text: systemdUnit(app) },
    ...app.processes.names.map((name) => ({
      path: `rel/systemd/${app.plainName}-${name}.service`,
      text: systemdUnit(app, name),
    })),
  ];
}

/**
 * Existing settings in package.json stay, unless an option says otherwise. @throws UsageError when an option does
 * without `--force`.
 */
function packageJson(app: App, options: PlanOptions): PlannedFile {
  const { project, name, entry, tasks } = app;
  const wanted = { ...(options.app !== undefined && { app: name }), entry: `./${entry}`, tasks: `./${tasks.file}` };
  const given: Readonly<Record<string, unknown>> = {
    app: options.app,
    entry: options.process === undefined ? options.entry : undefined,
    tasks: options.tasks,
  };
  const differing = Object.entries(wanted).filter(([key, value]) => !isSame(project.remsh[key], value));
  const added = differing.filter(([key]) => project.remsh[key] === undefined);
  const changed = differing.filter(([key]) => project.remsh[key] !== undefined && given[key] !== undefined);
  const [contradicted] = changed;
  if (contradicted && !options.force) {
    const [key, value] = contradicted;
    const said = JSON.stringify(project.remsh[key]);
    throw new UsageError(
      `Cannot take "${value}" for "${key}": "remsh" in package.json says ${said} (--force changes that)`,
    );
  }
  const settings = { ...Object.fromEntries([...added, ...changed]), ...startSettings(app), ...processSettings(app) };
  return { path: "package.json", text: withSettings(project.text, settings), isAddition: changed.length === 0 };
}

/** All processes, where one is added. */
function processSettings({ project, processes: { added } }: App): Settings {
  const { processes } = project.remsh;
  return Object.keys(added).length === 0 ? {} : { processes: { ...(isObject(processes) && processes), ...added } };
}

/** `./server.js` equals `server.js`. */
function isSame(existing: unknown, wanted: string): boolean {
  return typeof existing === "string" && path.normalize(existing) === path.normalize(wanted);
}
