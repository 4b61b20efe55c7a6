// Resolves the relative paths of an app's release tasks: from the app's folder, not from the working directory.
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { readManifest } from "../../../shared/manifest.ts";

/**
 * The path from the app's folder: REMSH_ROOT, else that of the named package above its program, else the working
 * directory.
 */
export function resolveInApp(relative: string): string {
  return path.resolve(process.env.REMSH_ROOT ?? folderOfProgram() ?? "", relative);
}

function folderOfProgram(): string | undefined {
  const [, program] = process.argv;
  if (!program || !existsSync(program)) return undefined;
  const file = realpathSync(program);
  // The program is then a framework's command or a test runner, and its package is not the app.
  return file.includes("/node_modules/") ? undefined : packageAbove(path.dirname(file));
}

/** A package.json without a name, such as one that only says `"type"`, is part of a larger package. */
function packageAbove(folder: string): string | undefined {
  if (readManifest(folder)?.name !== undefined) return folder;
  return folder === path.dirname(folder) ? undefined : packageAbove(path.dirname(folder));
}
