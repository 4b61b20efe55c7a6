// Installed apps: a folder with a package.json, and remsh in its node_modules.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { NODE, start, temporaryDirectory, type Running } from "./processes.ts";

/** This package. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** An app in a separate folder. */
export interface Project {
  directory: string;
  env: Record<string, string>;
}

/** An installed app: files, and remsh in its node_modules. */
export function project(files: Record<string, string>): Project {
  const directory = temporaryDirectory();
  mkdirSync(path.join(directory, "node_modules"));
  symlinkSync(ROOT, path.join(directory, "node_modules/remsh"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), text);
  }
  return { directory, env: { REMSH_RUNTIME_DIR: path.join(directory, "run") } };
}

/** Starts the app with the preload. */
export function startRegistered({ directory, env }: Project, file: string): Running {
  return start(NODE, ["--import", "remsh/register", file], { env, cwd: directory });
}
