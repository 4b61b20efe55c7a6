// What a console says of itself: where it is, what is in scope, and how to leave.
import type { ConsoleOpenResult } from "../../../shared/console-messages.ts";
import { formatDuration } from "../../../shared/duration.ts";

/** `shop@web-2:4711> `: nobody takes it for a shell of their own machine. */
export function promptText({ app, host, instance }: ConsoleOpenResult): string {
  return `${app}@${host}:${instance}> `;
}

/** Three lines; a fourth where something that should be in scope is not. */
export function bannerText(opened: ConsoleOpenResult): string {
  const { app, version, host, pid, uptimeMs, production, role, names, missing } = opened;
  const where = `${app} ${version}, pid ${pid} on ${host}, up ${formatDuration(uptimeMs)}`;
  const lines = [
    `${where}${production ? ", NODE_ENV is production" : ""}`,
    `What you type runs in the live app, as ${role}. In scope: ${names.join(", ")}`,
    "Bindings are shared with all consoles and stay. Ctrl-C interrupts, .more shows more, Ctrl-D or .exit leaves",
  ];
  if (missing.length > 0) lines.push(`Not in scope: ${missing.join(", ")}`);
  return `${lines.join("\n")}\n`;
}
