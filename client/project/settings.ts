// Reads from "remsh" in package.json how the app is started and stopped, and checks it before anything happens.
import { existsSync } from "node:fs";
import { durationFault, parseDuration } from "../../shared/duration.ts";
import { isReadySetting, READY_VALUES } from "../../shared/ready-setting.ts";
import { timeoutSetting } from "../terminal/call-timeout.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import { inProject, type Project } from "./project.ts";

/** How the app is started and stopped. */
export interface Settings {
  /** The program: an existing file. */
  entry: string;
  /** Node's own options for the app. */
  nodeArgs: string[];
  /** The app's arguments at every start. Those of the command line follow them. */
  args: string[];
  /** Variables for the app, its hooks after pre_configure, and `eval`. The environment takes precedence. */
  env: Record<string, string>;
  /** How long a hook may take. */
  hookTimeoutMs: number;
  /** The effect of a failing post_start hook: stop the app, or only report it. */
  onFailure: "stop" | "warn";
  /** How long the app may take to end after SIGTERM. */
  stopTimeoutMs: number;
}

/** How a daemon's log is kept. */
export interface LogSettings {
  /** Default: log/<app>.log in the app's folder or, if that cannot be written, in the runtime directory. */
  file: string | undefined;
  /** At this size the file is rotated. */
  maxBytes: number;
  /** How many rotated files are kept. */
  keep: number;
}

const DEFAULT_HOOK_TIMEOUT = "5m";
const DEFAULT_STOP_TIMEOUT = "30s";
const DEFAULT_LOG_BYTES = 10 * 1024 * 1024;
const DEFAULT_LOG_KEEP = 3;

/** @throws CommandFailure 78 when a setting is invalid, or the entry is missing. */
export function readSettings(project: Project): Settings {
  // For calls, and for the agent: an error is found here, before the app runs.
  checkProcesses(project);
  timeoutSetting(project.manifest);
  checkReady(project);
  return {
    entry: entryOf(project),
    nodeArgs: readNodeArgs(project),
    args: words(project, "args"),
    env: readEnv(project),
    ...readHookSettings(project),
    stopTimeoutMs: stopTimeout(project),
  };
}

/** @throws CommandFailure 78 when a setting is invalid. */
export function readHookSettings(project: Project): Pick<Settings, "hookTimeoutMs" | "onFailure"> {
  const hooks = section(project, "hooks", ["timeout", "onFailure"]);
  return {
    hookTimeoutMs: duration("hooks.timeout", hooks.timeout ?? DEFAULT_HOOK_TIMEOUT),
    onFailure: onFailureOf(hooks.onFailure ?? "stop"),
  };
}

/**
 * The module of the app's tasks; undefined if package.json names none.
 *
 * @throws CommandFailure 78 when "remsh" is not an object.
 */
export function tasksSetting(project: Project): string | undefined {
  const { tasks } = remshOf(project);
  return typeof tasks === "string" ? tasks : undefined;
}

/** The module of the app's tasks. @throws CommandFailure 78 when package.json names none. */
export function readTasks(project: Project): string {
  const tasks = tasksSetting(project);
  if (tasks !== undefined) return tasks;
  throw badConfiguration(
    'Cannot load tasks: package.json names no module of them ("remsh": { "tasks": "./release.js" })',
  );
}

/** @throws CommandFailure 78 when the setting is not a duration. */
export function stopTimeout(project: Project): number {
  return duration("stopTimeout", remshOf(project).stopTimeout ?? DEFAULT_STOP_TIMEOUT);
}

/** @throws CommandFailure 78 when a setting is invalid. */
export function readLogSettings(project: Project): LogSettings {
  const log = section(project, "log", ["file", "maxBytes", "keep"]);
  if (log.file !== undefined && typeof log.file !== "string") throw bad("log.file", "a path");
  return {
    file: log.file === undefined ? undefined : inProject(project, log.file),
    maxBytes: wholeNumber("log.maxBytes", log.maxBytes ?? DEFAULT_LOG_BYTES),
    keep: wholeNumber("log.keep", log.keep ?? DEFAULT_LOG_KEEP),
  };
}

function remshOf({ manifest }: Project): Record<string, unknown> {
  const { remsh = {} } = manifest;
  if (typeof remsh !== "object" || remsh === null)
    throw badConfiguration('Cannot use package.json: "remsh" must be an object');
  return { ...remsh };
}

function checkReady(project: Project): void {
  const { ready } = remshOf(project);
  if (ready !== undefined && !isReadySetting(ready)) throw bad("ready", READY_VALUES);
}

function section(project: Project, name: string, known: readonly string[]): Record<string, unknown> {
  const value = remshOf(project)[name] ?? {};
  if (typeof value !== "object" || value === null) throw bad(name, "an object");
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return { ...value };
  throw badConfiguration(
    `Cannot use package.json: "remsh.${name}" has no setting "${unknown}" (it has ${known.join(", ")})`,
  );
}

function entryOf(project: Project): string {
  const { entry } = remshOf(project);
  if (entry === undefined) {
    throw badConfiguration(
      `Cannot start ${project.app}: package.json does not say how ("remsh": { "entry": "./server.js" })`,
    );
  }
  if (typeof entry !== "string") throw bad("entry", "the path of a program");
  const file = inProject(project, entry);
  if (existsSync(file)) return file;
  throw badConfiguration(`Cannot start ${project.app}: its entry "${file}" does not exist`);
}

/** The processes beside the app: their settings are checked when one of them is started. */
function checkProcesses(project: Project): void {
  const { processes = {} } = remshOf(project);
  if (typeof processes !== "object" || processes === null || Array.isArray(processes))
    throw bad("processes", "an object of settings, by the processes' names");
  for (const [name, settings] of Object.entries(processes)) {
    if (!/^[A-Za-z][\w.-]{0,40}$/.test(name))
      throw bad(
        "processes",
        `without "${name}": a name has letters, digits, dots and dashes, and begins with a letter`,
      );
    if (typeof settings !== "object" || settings === null || Array.isArray(settings))
      throw bad(`processes.${name}`, 'an object of settings: { "entry": "./worker.js" }');
  }
}

/** Node's own options for the app and for `eval`. @throws CommandFailure 78 when they are not a list of strings. */
export function readNodeArgs(project: Project): string[] {
  return words(project, "nodeArgs");
}

/** Variables for the app and for `eval`. @throws CommandFailure 78 when they cannot be variables. */
export function readEnv(project: Project): Record<string, string> {
  const { env = {} } = remshOf(project);
  const wanted = bad("env", "an object of strings and numbers, by the variables' names");
  if (typeof env !== "object" || env === null || Array.isArray(env)) throw wanted;
  const entries = Object.entries(env as Record<string, unknown>).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name) || !(isWord(value) || typeof value === "number")) throw wanted;
    if (name.startsWith("REMSH_")) throw bad("env", `without ${name}, which is remsh's own (rel/env.sh may set it)`);
    return [name, String(value)];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

function words(project: Project, name: string): string[] {
  const { [name]: list = [] } = remshOf(project);
  if (Array.isArray(list) && list.every(isWord)) return list;
  throw bad(name, "a list of strings");
}

function onFailureOf(value: unknown): "stop" | "warn" {
  if (value === "stop" || value === "warn") return value;
  throw bad("hooks.onFailure", '"stop" or "warn"');
}

function wholeNumber(name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) > 0) return Number(value);
  throw bad(name, "a whole number above 0");
}

function duration(name: string, value: unknown): number {
  const text = String(value);
  const fault = durationFault(text);
  if (fault !== undefined) throw bad(name, `a duration, not "${text}": ${fault}`);
  return parseDuration(text);
}

function bad(name: string, wanted: string): Error {
  return badConfiguration(`Cannot use package.json: "remsh.${name}" must be ${wanted}`);
}

/** A word of a command line cannot contain a NUL. */
function isWord(value: unknown): value is string {
  return typeof value === "string" && !value.includes("\0");
}
