// Finds the file that starts the app: the one that package.json names, else the one that its start script runs, else a
// usual name.
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { isObject } from "../../shared/messages/shape.ts";
import { UsageError } from "../terminal/failure.ts";
import { compiledFrom } from "./compiled.ts";
import { pathIn, type PackageJson } from "./package-json.ts";

/** The app's entry, and the other settings of its start script. */
export interface Entry {
  /** A path in the project: `server.js`. A build may have yet to make it. */
  file: string;
  /** Node's options in the start script, which `start` would not pass. */
  nodeOptions: string;
}

const STARTING_SCRIPTS = ["start:prod", "start:production", "start"];
const NODES = ["node", "tsx", "ts-node", "nodemon"];
/** Node's options that take a value. The value is not the app's entry. */
const TAKING_A_VALUE = ["-r", "--require", "--import", "--loader", "--env-file", "-C", "--conditions"];
/** How deep scripts may call each other. */
const MOST_SCRIPTS = 5;
const NAMES = ["server", "main", "index", "app"];
const FOLDERS = ["", "dist", "build", "src"];
const EXTENSIONS = ["", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", "/index.js", "/index.ts"];

/** @throws UsageError when `--entry` names no file, or when nothing else says which file it is. */
export function findEntry(project: PackageJson, option: string | undefined): Entry {
  if (option !== undefined) return { file: given(project.root, option), nodeOptions: "" };
  const { remsh, content } = project;
  const set = pathIn(remsh, "entry");
  if (set !== undefined) return { file: set, nodeOptions: "" };
  const started = entryOfScripts(project);
  if (started) return started;
  const { main } = content;
  const file = typeof main === "string" ? resolveFile(project.root, main) : undefined;
  const found = file ?? usualEntry(project.root);
  if (found !== undefined) return { file: found, nodeOptions: "" };
  const named =
    typeof main === "string" ? `there is no "${main}", which package.json names,` : "package.json names none,";
  throw new UsageError(`Cannot tell which file starts the app: ${named} and none has a usual name (--entry <file>)`);
}

/** A file that exists, or that a build makes. */
function given(root: string, option: string): string {
  const file = path.relative(root, path.resolve(option));
  const inside = !file.startsWith("..") && !path.isAbsolute(file);
  const found = inside ? resolveFile(root, file) : undefined;
  if (found !== undefined) return found;
  const reason = inside ? "there is no such file" : `it is not in "${root}"`;
  throw new UsageError(`Cannot take "${option}" for the app's entry: ${reason}`);
}

function entryOfScripts({ root, scripts }: PackageJson): Entry | undefined {
  const names = STARTING_SCRIPTS.filter((name) => typeof scripts[name] === "string");
  const found = names
    .map((name) => entryOfScript(root, withNamedScripts(String(scripts[name]), scripts)))
    .find(Boolean);
  const [name] = names;
  if (found || name === undefined) return found;
  // Only `fastify start` or `next start` may be able to run such a script's file, so its file is not used.
  const script = String(scripts[name]);
  const missing = nodeCalls(script).map(writtenFile).find(Boolean);
  const reason = missing === undefined ? "not a file with node" : `there is no "${missing}"`;
  throw new UsageError(
    `Cannot tell which file starts the app: its script "${name}" runs "${script}", and ${reason} (--entry <file>)`,
  );
}

/** The script with the scripts that it calls inserted: `npm run build && npm run serve`. */
function withNamedScripts(script: string, scripts: PackageJson["scripts"], depth = 0): string {
  if (depth > MOST_SCRIPTS) return script; // they call each other
  return script.replaceAll(/\b(?:npm|pnpm|yarn|bun) run ([\w:.-]+)/g, (call, name: string) => {
    const named = scripts[name];
    return typeof named === "string" ? withNamedScripts(named, scripts, depth + 1) : call;
  });
}

/**
 * The file after the last `node` in a script such as `NODE_ENV=production node --enable-source-maps dist/server.js`.
 */
function entryOfScript(root: string, script: string): Entry | undefined {
  // The last call counts, because an earlier one ends before it: `node migrate.js && node server.js`.
  for (const words of nodeCalls(script).reverse()) {
    const index = words.findIndex((word, at) => isArgument(words, at) && resolveFile(root, word) !== undefined);
    const file = resolveFile(root, words[index] ?? "");
    if (index >= 0 && file !== undefined) return { file, nodeOptions: optionsIn(words.slice(0, index).join(" ")) };
  }
  return undefined;
}

/** The words after each `node` in a script. */
function nodeCalls(script: string): string[][] {
  return script.split(/&&|\|\||;/).flatMap((part) => {
    const words = part.trim().split(/\s+/);
    const node = words.findIndex((word) => NODES.includes(path.basename(word)));
    return node < 0 ? [] : [words.slice(node + 1).map((word) => word.replace(/^(["'])(.*)\1$/, "$2"))];
  });
}

/** True for a word that is neither a Node option nor an option's value. */
function isArgument(words: readonly string[], index: number): boolean {
  return !words[index]?.startsWith("-") && !TAKING_A_VALUE.includes(words[index - 1] ?? "");
}

/** The word that names a file: one with a dot or a slash, else the first word, unless that is an option. */
function writtenFile(words: readonly string[]): string | undefined {
  const written = words.find((word, index) => isArgument(words, index) && /[./]/.test(word));
  return written ?? words.slice(0, 1).find((_word, index) => isArgument(words, index));
}

/**
 * The options without tsx, which `start` uses for TypeScript anyway, and without watching, which is not for production.
 */
function optionsIn(words: string): string {
  return words.replace(/(--import[ =]tsx\S*|--watch|\bwatch|--experimental-strip-types)(\s+|$)/g, "").trim();
}

function usualEntry(root: string): string | undefined {
  const stems = FOLDERS.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  return stems.map((stem) => resolveFile(root, stem)).find((file) => file !== undefined);
}

/**
 * The file of that name, with an extension added if it has none; it may be one that a build makes. For a folder, the
 * `main` of its package.json, as for `node .`.
 */
function resolveFile(root: string, name: string): string | undefined {
  const main = mainOf(path.join(root, name));
  const inFolder = main === undefined ? undefined : resolveFile(root, path.join(name, main));
  if (inFolder !== undefined) return inFolder;
  const files = EXTENSIONS.map((extension) => path.normalize(`${name}${extension}`));
  return files.find((file) => isFile(path.join(root, file)) || compiledFrom(root, file) !== undefined);
}

/** What a folder's package.json names, unless it names the folder itself. */
function mainOf(folder: string): string | undefined {
  const file = path.join(folder, "package.json");
  if (!isFile(file)) return undefined;
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    const main = isObject(content) ? content.main : undefined;
    return typeof main === "string" && path.normalize(main).replace(/\/$/, "") !== "." ? main : undefined;
  } catch {
    return undefined; // another package.json than the app's, which has already been read
  }
}

function isFile(file: string): boolean {
  return existsSync(file) && statSync(file).isFile();
}
