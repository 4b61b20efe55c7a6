// Finds the other directories in which this user's agents listen. An app started in a login session, with its
// XDG_RUNTIME_DIR, can so be found by cron, which has none, and by a shell with another TMPDIR.
import { lstatSync, realpathSync } from "node:fs";
import path from "node:path";
import { appInDirectory, usualRuntimeDirectories } from "../../shared/addresses.ts";
import { hasCode } from "../../shared/has-code.ts";
import { listeningSockets, type ListeningSocket } from "./listening-sockets.ts";
import { isOwnDirectory } from "./own-directory.ts";

/** The name under which an agent opens its socket: `4711.x7f2` in the app's directory (shared/socket-file.ts). */
const OPENED = /^[A-Za-z0-9][A-Za-z0-9._-]*\.[a-z0-9]{4}$/;

/**
 * The runtime directories, except the caller's own, in which this user's agents of that app may listen. Each is given
 * once, even if it has a second name through a link, such as /var/run for /run.
 */
export function otherDirectories(own: string, app: string): string[] {
  const seen = new Set([realPath(own)]);
  const all = new Set([...openedIn(app), ...usualRuntimeDirectories()]);
  return [...all].filter(isOwnDirectory).filter((directory) => {
    const real = realPath(directory);
    const isNew = !seen.has(real);
    seen.add(real);
    return isNew;
  });
}

function realPath(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return path.resolve(directory); // it does not exist: no other directory is the same
  }
}

/**
 * Directories in which other users' processes listen as agents of an app of that name would. Linux shows them to every
 * user.
 */
export function directoriesOfOthers(app: string): string[] {
  const all = [...new Set(openedIn(app))].filter((directory) => /^[ -~]+$/.test(directory));
  return all.filter((directory) => isOfAnother(directory));
}

function isOfAnother(directory: string): boolean {
  try {
    return lstatSync(directory).uid !== process.getuid?.();
  } catch (error) {
    return hasCode(error, "EACCES"); // in a folder that this user may not enter
  }
}

function openedIn(app: string): string[] {
  return socketsOf(app).map(({ file }) => path.dirname(path.dirname(file)));
}

/** The sockets at which agents of apps of that name listen, of every user. */
export function socketsOf(app: string): ListeningSocket[] {
  return listeningSockets().filter(({ file }) => {
    const { dir, base } = path.parse(file);
    return OPENED.test(base) && appInDirectory(path.basename(dir)) === app;
  });
}
