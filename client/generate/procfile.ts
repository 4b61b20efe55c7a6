// Reads a Procfile: the commands of the processes, by their names.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** The line of a Procfile; undefined if there is none. */
export function procfileLine(root: string, name: string): string | undefined {
  const lines = procfile(root);
  return Object.hasOwn(lines, name) ? lines[name] : undefined;
}

/** All lines; empty if there is no Procfile. */
export function procfile(root: string): Record<string, string> {
  const file = path.join(root, "Procfile");
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, "utf8").matchAll(/^([A-Za-z][\w-]*):[ \t]*(.+?)[ \t\r]*$/gm);
  return Object.fromEntries([...lines].map(([, name = "", text = ""]) => [name, text]));
}
