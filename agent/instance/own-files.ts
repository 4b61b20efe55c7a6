// Finds remsh's own files, which the agent loads when it needs them. A bundler may have copied the agent's code into the
// app's bundle, where these files are not. Then they are those of the remsh that is installed for the bundle.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readManifest } from "../../shared/manifest.ts";
import { requireFrom } from "./require-from.ts";
import { firstFolder } from "./started-app.ts";

/** build.mjs defines it; undefined in the sources. */
declare const OWN_VERSION: string | undefined;

/** This module's file, or the bundle's; undefined in a CommonJS bundle, in which bundlers leave `import.meta` empty. */
const HERE = toFile(import.meta.url);

/** The folder of remsh's files, unless this code is in a bundle. */
export const OWN_FOLDER = HERE !== undefined && isOwn(path.dirname(HERE)) ? path.dirname(HERE) : undefined;

let installed: string | undefined;

/** A file of remsh's own. @throws TypeError when the code is in a bundle and the remsh of the bundle is not installed. */
export function ownFile(name: string): string {
  installed ??= OWN_FOLDER ?? installedFolder();
  if (installed !== undefined) return path.join(installed, name);
  throw new TypeError(
    'Cannot start the agent: remsh is inside a bundle, without the files that it loads (tell the bundler external: ["remsh"], and install remsh beside the bundle)',
  );
}

/** The sources are no bundle either. */
function isOwn(folder: string): boolean {
  return typeof OWN_VERSION === "undefined" || existsSync(path.join(folder, "gateway.cjs"));
}

/** The folder of this very version, in a node_modules at or above the program, the bundle, or the working directory. */
function installedFolder(): string | undefined {
  const places = [process.argv[1], HERE, path.join(firstFolder(), "index.js")].filter((file) => file !== undefined);
  const folders = places.flatMap((file) => requireFrom(path.resolve(file)).resolve.paths("remsh") ?? []);
  const found = folders.find((folder) => readManifest(path.join(folder, "remsh"))?.version === OWN_VERSION);
  return found && path.join(found, "remsh/dist");
}

function toFile(url: string | undefined): string | undefined {
  return url?.startsWith("file:") ? fileURLToPath(url) : undefined;
}
