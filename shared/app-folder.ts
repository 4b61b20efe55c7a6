// Tells apps of one name apart by their folders, such as staging and production on one host, or two worktrees. A client
// sends its folder in a header, and the agent of another folder's app refuses the request before anything happens.
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";

/** The folder of an app. */
export interface AppFolder {
  /** Without symbolic links. */
  root: string;
  /**
   * As it was named when the app was started, or is named now: `/srv/shop/current`, which leads to a different release
   * each time.
   */
  folder?: string | undefined;
}

/** The header, in lower case as Node's server presents it. */
export const FOLDER_HEADER = "remsh-folder";

/** The header's value for a client. */
export function folderHeader({ root, folder = root }: AppFolder): string {
  return folder === root ? encodeURI(root) : `${encodeURI(root)} ${encodeURI(folder)}`;
}

/** Parses the header; undefined if it is not valid. */
export function readFolderHeader(text: string): AppFolder | undefined {
  try {
    const [root = "", folder] = text.split(" ").map(decodeURI);
    return { root, folder };
  } catch {
    return undefined;
  }
}

/** The agent's own folder. `isGiven`: REMSH_ROOT names it, so it is not guessed from the program's place. */
export interface OwnFolder extends AppFolder {
  isGiven: boolean;
}

/**
 * True if the app of this folder is the one that is asked for: the same folder, the folder that its name leads to now,
 * or another release beside it in a folder `releases`. If the program lies deeper in the folder, as a build's output
 * does, it belongs to the folder, too. If the app's folder was removed, its launcher is gone; then a launcher beside it
 * may speak with it, because no other launcher could stop it.
 */
export function isSameApp(own: OwnFolder, asked: AppFolder): boolean {
  if (own.root === asked.root) return true;
  if (own.folder !== undefined && (own.folder === asked.folder || resolved(own.folder) === asked.root)) return true;
  if (!own.isGiven && own.root.startsWith(`${asked.root}/`)) return true;
  const shelf = path.dirname(own.root);
  return shelf === path.dirname(asked.root) && (path.basename(shelf) === "releases" || !existsSync(own.root));
}

function resolved(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined; // it leads nowhere now
  }
}
