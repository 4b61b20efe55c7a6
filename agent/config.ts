// Reads "remsh" in package.json: { "tasks": "./release.ts", "preload"?, "app"?, "instance"?, "socket"? }.
import path from "node:path";
import { LIFECYCLE_SETTINGS } from "./lifecycle/lifecycle-settings.ts";
import type { StartedApp } from "./instance/started-app.ts";
import type { Manifest } from "../shared/manifest.ts";
import { fits, flag, isObject, object, optional, text } from "../shared/messages/shape.ts";
import type { AgentOptions } from "./start-agent.ts";
import { taskImporter } from "./tasks/task-module.ts";

const STRINGS = ["app", "instance", "socket", "tasks"] as const;

/**
 * The options from package.json, except the names, which identity.ts reads. Without `preload` the task module is
 * imported when a task is first needed, so that it does not slow the app's start. If the import fails, the caller gets
 * the error.
 *
 * @throws TypeError when there is no package.json, when it has no "remsh", or when a setting is invalid.
 */
export function optionsFromManifest({ manifest, env }: StartedApp): AgentOptions {
  if (!manifest) throw new TypeError("Cannot configure the agent: no package.json above the app");
  const { tasks, socket, preload } = readConfig(manifest);
  const isNamed = socket !== undefined && !env.REMSH_SOCKET;
  return {
    tasks: taskImporter(path.resolve(manifest.root, tasks)),
    ...(preload !== undefined && { preload }),
    ...(isNamed && { socket: path.resolve(manifest.root, socket) }),
  };
}

/** True when package.json names a task module. */
export function namesTasks(manifest: Manifest | undefined): boolean {
  return isObject(manifest?.remsh) && manifest.remsh.tasks !== undefined;
}

type Config = { tasks: string; preload?: boolean } & Partial<Record<(typeof STRINGS)[number], string>>;

const CONFIG = object<Config>({
  tasks: text,
  preload: optional(flag),
  app: optional(text),
  instance: optional(text),
  socket: optional(text),
});

function readConfig({ root, remsh }: Manifest): Config {
  const file = JSON.stringify(path.join(root, "package.json"));
  if (remsh === undefined)
    throw new TypeError(`Cannot configure the agent: ${file} has no "remsh": { "tasks": "./release.js" }`);
  if (!isObject(remsh)) throw new TypeError(`Cannot configure the agent: "remsh" in ${file} must be an object`);
  for (const key of Object.keys(remsh)) checkSetting(file, key, remsh[key]);
  // The settings that are there fit, so only `tasks` can be missing.
  if (!fits(CONFIG, remsh))
    throw new TypeError(
      `Cannot configure the agent: "remsh" in ${file} must name the module of the tasks: "tasks": "./release.js"`,
    );
  return remsh;
}

function checkSetting(file: string, key: string, value: unknown): void {
  if (LIFECYCLE_SETTINGS.some((known) => known === key)) return;
  const isString = STRINGS.some((known) => known === key);
  if (!isString && key !== "preload")
    throw new TypeError(`Cannot configure the agent: "remsh" in ${file} has no setting "${key}"`);
  if (isString && typeof value !== "string")
    throw new TypeError(`Cannot configure the agent: "remsh.${key}" in ${file} must be a string`);
  if (!isString && typeof value !== "boolean")
    throw new TypeError(`Cannot configure the agent: "remsh.${key}" in ${file} must be true or false`);
}
