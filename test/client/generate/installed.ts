// Installs remsh: packs it with npm, and unpacks it into a project's node_modules. Other packages that it and the
// project need are linked from here, so that no registry is asked.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { temporaryDirectory } from "../../end-to-end/processes.ts";

const ROOT = path.join(import.meta.dirname, "../../..");

/** Packs remsh; returns the path of the archive. */
export function pack(): string {
  const folder = temporaryDirectory();
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], {
    cwd: ROOT,
    stdio: "pipe",
  });
  const [archive = ""] = readdirSync(folder);
  return path.join(folder, archive);
}

/** Installs the archive in the project, and links these packages beside it. */
export function install(root: string, archive: string, packages: readonly string[] = []): void {
  const modules = path.join(root, "node_modules");
  mkdirSync(path.join(modules, "remsh"), { recursive: true });
  execFileSync("tar", ["-xzf", archive, "--strip-components=1", "-C", path.join(modules, "remsh")]);
  const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of new Set([...Object.keys(dependencies), ...packages])) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(ROOT, "node_modules", name), path.join(modules, name));
  }
}
