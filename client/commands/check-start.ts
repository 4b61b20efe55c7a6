// Checks a start before it happens: `restart` does so before it stops the running app.
import { spawnSync } from "node:child_process";
import { closeSync } from "node:fs";
import type { Environment } from "../../shared/addresses.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import { refuseOldNode } from "../processes/refuse-old-node.ts";
import { appCommand } from "../project/app-command.ts";
import { checkHooks, listHooks } from "../hooks/hook-files.ts";
import { logFile, openLog } from "../project/log-file.ts";
import type { Project } from "../project/project.ts";
import { readSettings } from "../project/settings.ts";
import type { StartOptions } from "./start.ts";
import { WaitingFile } from "../lifecycle/waiting-file.ts";

/** What the check of a start says. */
export interface CheckedStart {
  app: string;
  version: string;
  /** The version of Node that the app would run on: `24.11.0`. */
  node: string;
  /** That Node's path. */
  program: string;
  /** The versions of Node that package.json's `"engines"` asks for. */
  engines?: string;
}

/**
 * Checks what can be checked of a start before its first hook, without doing anything.
 *
 * @throws CommandFailure 78 when the start would fail; RpcError DENIED when the runtime directory is not private to
 * this user.
 */
export function checkStart(
  project: Project,
  { words, hooks }: Pick<StartOptions, "words" | "hooks">,
  env: Environment,
): CheckedStart {
  refuseOldNode(project.app);
  const withHooks = hooks !== false;
  if (withHooks) checkHooks(project);
  // pre_configure hooks may still write the entry and the settings in package.json.
  if (!withHooks || listHooks(project, "pre_configure").length === 0) checkCommand(project, words, env);
  closeSync(openLog(logFile(project, env), env));
  new WaitingFile(env).remove();
  const { app, version, manifest } = project;
  return {
    app,
    version,
    node: process.versions.node,
    program: process.execPath,
    ...defined({ engines: manifest.engines }),
  };
}

function checkCommand(project: Project, words: readonly string[], env: Environment): void {
  const settings = readSettings(project);
  const command = appCommand({ project, settings, words, nodeOptions: env.NODE_OPTIONS });
  const options = command.slice(0, command.indexOf(settings.entry));
  // Node reads all its options first, and runs nothing for --version.
  const { status, stderr } = spawnSync(process.execPath, [...options, "--version"], {
    env: { ...settings.env, ...env },
    cwd: project.root,
    encoding: "utf8",
  });
  if (status === 0) return;
  const [reason = ""] = stderr.split("\n").map((line) => line.replace(`${process.execPath}: `, ""));
  throw badConfiguration(`Cannot start ${project.app}: Node ${process.versions.node} says "${reason}"`);
}
