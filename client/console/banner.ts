// The text with which a console opens: where it is, what is in scope, and how to leave.
import type { ConsoleOpenResult } from "../../shared/messages/console-messages.ts";
import { formatDuration } from "../../shared/duration.ts";
import { oneLine } from "../terminal/visible.ts";
import type { OpenConsole } from "./console-backend.ts";

/** `shop@web-2:4711> `: a user cannot mistake it for the prompt of their own shell. */
export function promptText({ app, host, instance }: ConsoleOpenResult): string {
  return oneLine(`${app}@${host}:${instance}> `);
}

/** Three lines; a fourth if a name is missing from the scope. */
export function bannerText({ app: opened, isSafe }: OpenConsole): string {
  return isSafe ? safeBannerText(opened) : fullBannerText(opened);
}

function safeBannerText({ app, version, host, pid, uptimeMs, names }: ConsoleOpenResult): string {
  return `${[
    oneLine(`${app} ${version}, pid ${pid} on ${host}, up ${formatDuration(uptimeMs)}`),
    `What you type runs in a process beside the app: a seat belt for people who are allowed in. In scope: ${names.join(", ")}`,
    "Tasks run in the live app: await Release.migrate(). Ctrl-C interrupts, .more shows more, Ctrl-D or .exit leaves",
  ].join("\n")}\n`;
}

function fullBannerText(opened: ConsoleOpenResult): string {
  const { app, version, host, pid, uptimeMs, production, role, names, missing } = opened;
  const where = oneLine(`${app} ${version}, pid ${pid} on ${host}, up ${formatDuration(uptimeMs)}`);
  const lines = [
    `${where}${production ? ", NODE_ENV is production" : ""}`,
    `What you type runs in the live app, as ${role}. In scope: ${names.join(", ")}`,
    "Bindings are shared with all consoles and stay. Ctrl-C interrupts, .more shows more, Ctrl-D or .exit leaves",
  ];
  if (missing.length > 0) lines.push(oneLine(`Not in scope: ${missing.join(", ")}`));
  return `${lines.join("\n")}\n`;
}
