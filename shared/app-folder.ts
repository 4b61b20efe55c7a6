// Whose app it is: two folders may hold apps of one name, as staging and production on one host, or two worktrees. A client
// says in a header for which folder it speaks, and the agent of another folder's app refuses it before anything happens.
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";

/** The folder of an app. */
export interface AppFolder {
  /** Without symbolic links. */
  root: string;
  /** As it was named when the app was started, or is named now: `/srv/shop/current`, which leads to another release each time. */
  folder?: string | undefined;
}

/** The header, in small letters as Node's server has it. */
export const FOLDER_HEADER = "remsh-folder";

/** What a client says of itself. */
export function folderHeader({ root, folder = root }: AppFolder): string {
  return folder === root ? encodeURI(root) : `${encodeURI(root)} ${encodeURI(folder)}`;
}

/** Reads the header; undefined where it makes no sense. */
export function readFolderHeader(text: string): AppFolder | undefined {
  try {
    const [root = "", folder] = text.split(" ").map(decodeURI);
    return { root, folder };
  } catch {
    return undefined;
  }
}

/** What an agent knows of its own folder; `isGiven`: by REMSH_ROOT, and not guessed from where its program lies. */
export interface OwnFolder extends AppFolder {
  isGiven: boolean;
}

/**
 * Whether the app of this folder is the one that is asked for: of the very folder, of what its name leads to now, or of another
 * release of it, which lies beside it in a folder `releases`. A program that lies deeper in it, as in a build's output, is its. Of an app
whose folder was removed no launcher is left: one beside it may speak with it, since nobody else could stop it.
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
