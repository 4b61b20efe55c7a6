// The consoles' own files: few apps ever have one, so they are no part of what starts with the app.
import type * as ConsoleRequests from "./console/console-requests.ts";
import type * as Consoles from "./console/consoles.ts";
import { ownPart } from "./own-part.ts";

/** So long after the agent has started it costs the app's start nothing. */
const EARLY_MS = 100;

/** The module of one connection's consoles. @throws RpcError REPLACED when it is no longer on the disk. */
export function loadConsoleRequests(): Promise<typeof ConsoleRequests> {
  return ownPart(() => import("./console/console-requests.ts"));
}

/** The module of an agent's consoles. @throws as {@link loadConsoleRequests}. */
export function loadConsoles(): Promise<typeof Consoles> {
  return ownPart(() => import("./console/consoles.ts"));
}

/**
 * Loads both in a while: their files have other names in each version, and a console is to open also once another one is on the
 * disk. The returned function calls it off.
 */
export function loadConsolesSoon(): () => void {
  const timer = setTimeout(() => {
    Promise.all([loadConsoleRequests(), loadConsoles()]).catch(() => {}); // whoever opens a console is told
  }, EARLY_MS).unref();
  return () => clearTimeout(timer);
}
