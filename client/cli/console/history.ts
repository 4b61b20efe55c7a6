// Where a console's history is kept: one file for each app, which only its owner can read. It may hold secrets.
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/**
 * The file for the app's history, its folder made: REMSH_HISTORY, else `<app>.history` in the user's state folder.
 * Undefined where it is off (REMSH_HISTORY is empty) or cannot be kept.
 */
export function historyFile(app: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env.REMSH_HISTORY === "") return undefined;
  const state = env.XDG_STATE_HOME || path.join(env.HOME || os.homedir(), ".local", "state");
  const file = env.REMSH_HISTORY ?? path.join(state, "remsh", `${app}.history`);
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // A file that is made anew gets 0600 from Node's own repl; an older one may have been opened to others.
    if (existsSync(file)) chmodSync(file, 0o600);
    return file;
  } catch {
    return undefined; // a read-only home is no reason to have no console
  }
}
