// `describe` and `status --hooks`: shows the app on this disk, and the hooks that its start and stop would run.
import { runtimeDirectory } from "../../shared/addresses.ts";
import { columns } from "../../shared/columns.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { MoreStatus } from "./status.ts";
import type { Streams } from "../terminal/streams.ts";
import { listHooks, PHASES } from "../hooks/hook-files.ts";
import { logFile } from "../project/log-file.ts";
import { findProject, type Project } from "../project/project.ts";
import { readSettings, readTasks } from "../project/settings.ts";

/**
 * Prints what would be started, without asking the running app. @throws CommandFailure 78 when it could not be started.
 */
export function describeApp(options: GlobalOptions, { stdout, env }: Streams): void {
  const project = findProject(options, env);
  const { root, app, version } = project;
  const { entry } = readSettings(project);
  const facts = { root, entry, tasks: readTasks(project), node: process.execPath };
  const places = { runtime: runtimeDirectory(env), log: logFile(project, env) };
  const hooks = hooksOf(project);
  if (options.json) return stdout.write(`${JSON.stringify({ app, version, ...facts, ...places, hooks })}\n`);
  const rows = columns(Object.entries({ version, ...facts, ...places }), { indent: "  ", least: 10 });
  stdout.write(`${[app, ...rows].join("\n")}\n${hooksText(hooks)}`);
}

/** Only the hooks, for `status --hooks`. */
export function describedHooks(options: GlobalOptions, { env }: Streams): MoreStatus {
  const hooks = hooksOf(findProject(options, env));
  return { json: { hooks }, text: hooksText(hooks) };
}

interface DescribedHook {
  name: string;
  comment: string;
}

function hooksOf(project: Project): DescribedHook[] {
  return PHASES.flatMap((phase) => listHooks(project, phase)).map(({ name, comment }) => ({ name, comment }));
}

function hooksText(hooks: readonly DescribedHook[]): string {
  if (hooks.length === 0) return "  hooks       none\n";
  const rows = columns(
    hooks.map(({ name, comment }) => [name, comment]),
    { indent: "    " },
  );
  return `${["  hooks", ...rows].join("\n")}\n`;
}
