// Reads "remsh" in package.json: { "tasks"?: "./release.ts", "ready"?, "preload"?, "app"?, "instance"?, "socket"? }.
import path from "node:path";
import { checkReady } from "./lifecycle/check-ready.ts";
import { LIFECYCLE_SETTINGS } from "./lifecycle/lifecycle-settings.ts";
import type { StartedApp } from "./instance/started-app.ts";
import type { ReadySetting } from "../shared/ready-setting.ts";
import type { Manifest } from "../shared/manifest.ts";
import { isObject } from "../shared/messages/shape.ts";
import type { TaskSource } from "./tasks/task-loader.ts";
import { taskImporter } from "./tasks/task-module.ts";

const STRINGS = ["app", "instance", "socket", "tasks"] as const;

/** The options of an agent that package.json can give: see `AgentOptions` in start-agent.ts. */
export interface ManifestOptions {
  tasks?: NonNullable<TaskSource>;
  ready?: ReadySetting;
  preload?: boolean;
  socket?: string;
}

/**
 * The options from package.json, except the names, which identity.ts reads. Without `preload` the task module is
 * imported when a task is first needed, so that it does not slow the app's start. If the import fails, the caller gets
 * the error. Without package.json, or without "remsh" in it, the app has no tasks.
 *
 * @throws TypeError when a setting is invalid.
 */
export function optionsFromManifest({ manifest, env }: Pick<StartedApp, "manifest" | "env">): ManifestOptions {
  if (manifest?.remsh === undefined) return {};
  const { tasks, socket, preload, ready } = readConfig(manifest);
  const isNamed = socket !== undefined && !env.REMSH_SOCKET;
  return {
    ...(tasks !== undefined && { tasks: taskImporter(path.resolve(manifest.root, tasks)) }),
    ...(ready !== undefined && { ready }),
    ...(preload !== undefined && { preload }),
    ...(isNamed && { socket: path.resolve(manifest.root, socket) }),
  };
}

type Config = { preload?: boolean; ready?: ReadySetting } & Partial<Record<(typeof STRINGS)[number], string>>;

function readConfig({ root, remsh }: Manifest): Config {
  const file = JSON.stringify(path.join(root, "package.json"));
  if (!isObject(remsh)) throw new TypeError(`Cannot configure the agent: "remsh" in ${file} must be an object`);
  for (const key of Object.keys(remsh)) checkSetting(file, key, remsh[key]);
  return remsh;
}

function checkSetting(file: string, key: string, value: unknown): void {
  if (LIFECYCLE_SETTINGS.some((known) => known === key)) return;
  if (key === "ready") return void checkReady(`"remsh.ready" in ${file}`, value);
  const isString = STRINGS.some((known) => known === key);
  if (!isString && key !== "preload")
    throw new TypeError(`Cannot configure the agent: "remsh" in ${file} has no setting "${key}"`);
  if (isString && typeof value !== "string")
    throw new TypeError(`Cannot configure the agent: "remsh.${key}" in ${file} must be a string`);
  if (!isString && typeof value !== "boolean")
    throw new TypeError(`Cannot configure the agent: "remsh.${key}" in ${file} must be true or false`);
}
