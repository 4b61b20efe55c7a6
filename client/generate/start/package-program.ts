// Finds the file of a program that a package brings, such as `next` in `next start`: node can run that file as the app.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { appNameOf } from "../../../shared/addresses.ts";
import { isObject } from "../../../shared/messages/shape.ts";
import type { PackageJson } from "../package-json.ts";
import type { Program, Refusal } from "./found-program.ts";

/** Where programs are whose packages may not be installed yet. */
const KNOWN: Readonly<Record<string, { packageName: string; file: string }>> = {
  next: { packageName: "next", file: "next/dist/bin/next" },
  "react-router-serve": { packageName: "@react-router/serve", file: "@react-router/serve/bin.cjs" },
  "remix-serve": { packageName: "@remix-run/serve", file: "@remix-run/serve/dist/cli.js" },
};

/** The program, as the app; undefined if no package of the project is known to bring it. */
export function packageProgram(
  name: string,
  words: readonly string[],
  project: PackageJson,
): Program | Refusal | undefined {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  const isKnown = known !== undefined && known.packageName in project.dependencies;
  const file = isKnown ? path.join("node_modules", known.file) : installedProgram(project, name);
  if (file === undefined) return undefined;
  return { file, nodeArgs: [], args: [...words], lost: [] };
}

/** The file that a package of the project names as this program, a path from the project's folder. */
function installedProgram({ root, dependencies, devDependencies }: PackageJson, name: string): string | undefined {
  for (const packageName of Object.keys({ ...dependencies, ...devDependencies })) {
    const folder = packageFolder(root, packageName);
    const file = folder && binOf(folder, packageName, name);
    if (folder !== undefined && file !== undefined) return path.relative(root, path.join(folder, file));
  }
  return undefined;
}

/** In the nearest node_modules that has it: a workspace has them above. */
function packageFolder(root: string, packageName: string): string | undefined {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const found = path.join(folder, "node_modules", packageName);
    if (existsSync(path.join(found, "package.json"))) return found;
    if (folder === path.dirname(folder)) return undefined;
  }
}

function binOf(folder: string, packageName: string, name: string): string | undefined {
  const content: unknown = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const bin = isObject(content) ? content.bin : undefined;
  if (typeof bin === "string") return appNameOf(packageName) === name ? bin : undefined;
  const file = isObject(bin) ? bin[name] : undefined;
  return typeof file === "string" ? file : undefined;
}
