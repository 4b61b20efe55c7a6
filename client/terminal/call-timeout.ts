// The deadline of a call when the command does not name one: REMSH_TIMEOUT, else "timeout" of "remsh" in the app's
// package.json.
import { durationFault, parseDuration } from "../../shared/duration.ts";
import { manifestHere, type Manifest } from "../../shared/manifest.ts";
import { isObject } from "../../shared/messages/shape.ts";
import { appName, type Target } from "../find/discover.ts";
import { badConfiguration } from "./command-failure.ts";
import { UsageError } from "./failure.ts";
import type { Streams } from "./streams.ts";

/** The word for no deadline, which overrides a default. */
const NONE = "none";

/**
 * Reads a deadline: `30s`, or `none`, which is Infinity.
 *
 * @throws UsageError when it is not a duration, or is zero.
 */
export function readTimeout(text: string, name = "--timeout"): number {
  if (text === NONE) return Infinity;
  const fault = timeoutFault(text);
  if (fault !== undefined) throw new UsageError(`Cannot read ${name} "${text}": ${fault}`);
  return parseDuration(text);
}

/** How long a call may take: the command's limit, else the default. Undefined if there is no deadline. */
export function callTimeout(
  { timeoutMs, ...target }: Target & { timeoutMs?: number | undefined },
  env: Streams["env"],
): number | undefined {
  const ms =
    timeoutMs ?? (env.REMSH_TIMEOUT ? readTimeout(env.REMSH_TIMEOUT, "REMSH_TIMEOUT") : settingOf(target, env));
  return ms === Infinity ? undefined : ms;
}

/**
 * How long a question that changes nothing may take: the command's limit, else REMSH_TIMEOUT if that is less than the
 * default.
 */
export function answerTimeout(timeoutMs: number | undefined, env: Streams["env"], defaultMs: number): number {
  if (timeoutMs !== undefined && timeoutMs !== Infinity) return timeoutMs;
  if (!env.REMSH_TIMEOUT) return defaultMs;
  return Math.min(defaultMs, readTimeout(env.REMSH_TIMEOUT, "REMSH_TIMEOUT"));
}

/** The setting of the called app. The package.json of another app does not count. */
function settingOf(target: Target, env: Streams["env"]): number | undefined {
  if (target.socket !== undefined) return undefined;
  const manifest = manifestHere(env);
  if (!manifest || appName(target, env) !== appName({}, { REMSH_ROOT: manifest.root })) return undefined;
  return timeoutSetting(manifest);
}

/** @throws CommandFailure 78 when the setting is not a duration. */
export function timeoutSetting({ remsh }: Pick<Manifest, "remsh">): number | undefined {
  const setting = isObject(remsh) ? remsh.timeout : undefined;
  if (setting === undefined || setting === NONE) return undefined;
  const text = typeof setting === "string" ? setting : JSON.stringify(setting);
  const fault = timeoutFault(text);
  if (fault === undefined) return parseDuration(text);
  throw badConfiguration(`Cannot use package.json: "remsh.timeout" must be a duration, not "${text}": ${fault}`);
}

function timeoutFault(text: string): string | undefined {
  return durationFault(text) ?? (parseDuration(text) > 0 ? undefined : "it must be longer than that");
}
