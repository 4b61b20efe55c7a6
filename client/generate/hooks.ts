// Decides which hooks a release has: the one that migrates, and those for what the start script did before the app.
import { existsSync } from "node:fs";
import path from "node:path";
import type { App } from "./app.ts";
import { isOfRelease } from "./migrating-command.ts";
import type { MigratingPhase, PlannedFile, PlanOptions } from "./planned-file.ts";
import type { BeforeApp } from "./start/before-app.ts";
import { migrateHook, scriptHook } from "./templates/hooks.ts";

/** The Job that migrates once for a deploy. */
export const MIGRATE_JOB = "rel/kubernetes/migrate.yaml";

/** The hook that migrates in each instance. */
export function migrateHookPath(phase: MigratingPhase): string {
  return `rel/hooks/${phase}.d/10-migrate`;
}

/** The hooks, in the order in which they run. */
export function hooks(app: App, options: PlanOptions): PlannedFile[] {
  const before = app.start.before.filter(({ kind }) => kind !== "builds");
  const first = before.findIndex(({ kind }) => kind === "migrates");
  const prepares = before.flatMap((each, at) =>
    each.kind === "migrates" ? [] : [{ each, number: at < first ? at + 1 : at + 11 }],
  );
  return [
    ...prepares.map(({ each, number }) => program(scriptName(each, number), scriptHook(app, [each]))),
    ...migrating(
      app,
      before.filter(({ kind }) => kind === "migrates"),
      options,
    ),
  ];
}

/** The phase of the hook that migrates: as the user says, else as a hook that is there, else before the app starts. */
export function migratingPhase({ root }: App, { migrate }: PlanOptions): MigratingPhase {
  return migrate ?? (existsSync(path.join(root, migrateHookPath("post_start"))) ? "post_start" : "pre_start");
}

/** The commands of the start script that migrate in another way than `Release.migrate` would. */
export function ownMigrations(app: App): BeforeApp[] {
  return app.start.before.filter((each) => each.kind === "migrates" && !isOfRelease(app, each));
}

/** True if drizzle has no journal yet: drizzle-kit makes it, and drizzle cannot read a folder without it. */
export function isWithoutMigrations({ engine, tasks }: App): boolean {
  return tasks.text === undefined && engine?.name === "drizzle" && !engine.hasFolder;
}

/** With Kubernetes, a Job migrates once for all instances, in place of the hook of each. */
function migrating(app: App, commands: readonly BeforeApp[], options: PlanOptions): PlannedFile[] {
  if (ownMigrations(app).length > 0) return [program(migrateHookPath("pre_start"), scriptHook(app, commands))];
  const hasJob = options.kubernetes || existsSync(path.join(app.root, MIGRATE_JOB));
  if (!app.migrates || hasJob || isWithoutMigrations(app)) return [];
  const phase = migratingPhase(app, options);
  return [program(migrateHookPath(phase), migrateHook(app, phase))];
}

function program(name: string, text: string): PlannedFile {
  return { path: name, text, isProgram: true };
}

/** `rel/hooks/pre_start.d/01-wait-on`. */
function scriptName({ name }: BeforeApp, number: number): string {
  return `rel/hooks/pre_start.d/${String(number).padStart(2, "0")}-${name.replaceAll(/[^\w-]/g, "-")}`;
}
