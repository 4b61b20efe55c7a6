// Checks a start before it happens: `restart` does so before it stops the running app.
import { closeSync } from "node:fs";
import type { Environment } from "../../shared/addresses.ts";
import { appCommand } from "../project/app-command.ts";
import { checkHooks, listHooks } from "../hooks/hook-files.ts";
import { logFile, openLog } from "../project/log-file.ts";
import type { Project } from "../project/project.ts";
import { readSettings } from "../project/settings.ts";
import type { StartOptions } from "./start.ts";
import { WaitingFile } from "../lifecycle/waiting-file.ts";

/**
 * Checks what `daemon` would check.
 *
 * @throws CommandFailure 78 when the start would fail before its first hook; RpcError DENIED when the runtime directory
 * is not private to this user.
 */
export function checkStart(
  project: Project,
  { words, hooks }: Pick<StartOptions, "words" | "hooks">,
  env: Environment,
): void {
  const withHooks = hooks !== false;
  if (withHooks) checkHooks(project);
  // pre_configure hooks may still write the entry and the settings in package.json.
  if (!withHooks || listHooks(project, "pre_configure").length === 0) {
    appCommand({ project, settings: readSettings(project), words });
  }
  closeSync(openLog(logFile(project, env), env));
  new WaitingFile(env).remove();
}
