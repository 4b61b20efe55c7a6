// Where a console's history is kept: one file for each app, which only its owner can read. It may hold secrets.
import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { messageOf } from "../../shared/message-of.ts";
import { makeDirectory } from "../../shared/make-directory.ts";

/** The file, where history is kept; else the sentence that says why not. Neither where it is off. */
export interface History {
  file?: string;
  problem?: string;
}

/**
 * The file for the app's history, made with its folder: REMSH_HISTORY, else `<app>.history` in the user's state folder. It is off
 * where REMSH_HISTORY is empty, or a device as /dev/null is.
 */
export function historyOf(app: string, env: Readonly<Record<string, string | undefined>>): History {
  if (env.REMSH_HISTORY === "") return {};
  let file = `${app}.history`;
  try {
    file = env.REMSH_HISTORY ?? path.join(stateFolder(env), "remsh", file);
    return prepare(file) ? { file } : {};
  } catch (error) {
    // A read-only home is no reason to have no console.
    const reason = messageOf(error);
    const advice = "REMSH_HISTORY names another file, or is empty for none";
    return { problem: `Cannot keep the console's history in "${file}": ${reason} (${advice})` };
  }
}

function stateFolder({ XDG_STATE_HOME, HOME }: Readonly<Record<string, string | undefined>>): string {
  return XDG_STATE_HOME || path.join(HOME || os.homedir(), ".local", "state");
}

/** Makes the file, or closes it to others; false where it is a device, whose mode is not ours. */
function prepare(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isCharacterDevice()) return false;
  if (found && !found.isFile()) throw new Error("it is no file");
  makeDirectory(path.dirname(file), 0o700);
  // Node's own repl would say in two lines, and without the reason, that it cannot be opened.
  closeSync(openSync(file, "a+", 0o600));
  chmodSync(file, 0o600); // an older one may have been opened to others
  return true;
}
