// Looks for folders of migrations outside the usual places.
import { readdirSync } from "node:fs";
import path from "node:path";

/** Folders that hold no migrations of the app. */
const OTHERS = /^(node_modules|dist|build|out|coverage|test|tests|__tests__|fixtures|\..*)$/;
const DEEPEST = 5;

/** True if the folder has a migration: a file with code or SQL, or a folder with such a file. */
export function hasMigrations(folder: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) =>
    entry.isDirectory() ? hasMigrations(path.join(folder, entry.name)) : /\.(sql|[cm]?[jt]s)$/.test(entry.name),
  );
}

/** The folders named `migrations` that have some, as paths in the project. */
export function migrationFolders(root: string, folder = "", depth = 0): string[] {
  if (depth > DEEPEST) return [];
  const entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !OTHERS.test(entry.name))
    .map((entry) => path.join(folder, entry.name))
    .flatMap((each) => {
      const isOne = /^migrations?$/.test(path.basename(each)) && hasMigrations(path.join(root, each));
      return isOne ? [each] : migrationFolders(root, each, depth + 1);
    });
}
