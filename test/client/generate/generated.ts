// Runs `remsh gen` for a project in a fresh folder, and reads the written files.
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { remsh, temporaryDirectory, type Finished } from "../../end-to-end/processes.ts";

/** Writes the files, by path, into a fresh folder; package.json may be an object. */
export function projectOf(files: Readonly<Record<string, string | object>>, root = temporaryDirectory()): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : `${JSON.stringify(content, undefined, 2)}\n`);
  }
  return root;
}

/** Runs `remsh gen release` in the folder. */
export function gen(root: string, ...words: string[]): Promise<Finished> {
  return remsh(["gen", "release", ...words], { cwd: root });
}

/** Runs it and checks that it succeeded; returns the output's lines about files. */
export async function generated(root: string, ...words: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await gen(root, ...words);
  if (code !== 0 || stderr !== "") throw new Error(`gen release exited ${code}: ${stderr}`);
  return (stdout.split("\n\n")[0] ?? "").trimEnd().split("\n").slice(1);
}

/** Every file below the folder, by path, with its text and whether it may be executed. */
export function filesIn(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => statSync(path.join(root, name)).isFile()).sort();
  return Object.fromEntries(
    files.map((name) => {
      const isProgram = (statSync(path.join(root, name)).mode & 0o111) !== 0;
      return [`${name}${isProgram ? "*" : ""}`, readFileSync(path.join(root, name), "utf8")];
    }),
  );
}

/** One of them. */
export function textOf(root: string, name: string): string {
  return readFileSync(path.join(root, name), "utf8");
}

/** A project in plain JavaScript. */
export const PLAIN = {
  "package.json": { name: "shop", version: "1.4.0", type: "module", scripts: { start: "node server.js" } },
  "server.js": "setInterval(() => {}, 1000);\n",
};

/** One with migrations. */
export const MIGRATING = {
  ...PLAIN,
  "package.json": { ...PLAIN["package.json"], dependencies: { "node-pg-migrate": "9.0.0", pg: "8.0.0" } },
  "migrations/1_users.sql": "-- Up Migration\nCREATE TABLE users (id int);\n",
};

/** Every option that adds files. */
export const ALL = ["--docker", "--kubernetes", "--systemd"];
