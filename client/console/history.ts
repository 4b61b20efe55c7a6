// Finds the file for a console's history: one for each app. Only its owner can read it, because it may hold secrets.
import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { messageOf } from "../../shared/message-of.ts";
import { makeDirectory } from "../../shared/make-directory.ts";

/** The file, if history is kept; a sentence if it cannot be kept; neither if history is off. */
export interface History {
  file?: string;
  problem?: string;
}

/**
 * Makes the file for the app's history, and its folder: REMSH_HISTORY, else `<app>.history` in the user's state folder.
 * History is off if REMSH_HISTORY is empty or names a device such as /dev/null.
 */
export function historyOf(app: string, env: Readonly<Record<string, string | undefined>>): History {
  if (env.REMSH_HISTORY === "") return {};
  let file = `${app}.history`;
  try {
    file = env.REMSH_HISTORY ?? path.join(stateFolder(env), "remsh", file);
    return prepare(file) ? { file } : {};
  } catch (error) {
    // With a read-only home the console still opens.
    const reason = messageOf(error);
    const advice = "REMSH_HISTORY names another file, or is empty for none";
    return { problem: `Cannot keep the console's history in "${file}": ${reason} (${advice})` };
  }
}

function stateFolder({ XDG_STATE_HOME, HOME }: Readonly<Record<string, string | undefined>>): string {
  return XDG_STATE_HOME || path.join(HOME || os.homedir(), ".local", "state");
}

/** Makes the file, or closes it to other users; false for a device, whose mode must not change. */
function prepare(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isCharacterDevice()) return false;
  if (found && !found.isFile()) throw new Error("it is no file");
  makeDirectory(path.dirname(file), 0o700);
  // Without this check, Node's repl would report in two lines, and without the reason, that it cannot open the file.
  closeSync(openSync(file, "a+", 0o600));
  chmodSync(file, 0o600); // an older file may be open to others
  return true;
}
