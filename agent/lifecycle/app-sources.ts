// Reads the app's own source, for two questions that Node does not answer: whether an app that does not listen will
// open a server, and at which top-level `await` its entry may be. It is read only if the app neither listens nor has
// ended its entry after some seconds.
import { readFile } from "node:fs/promises";
import { existsSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { requireFrom } from "../instance/require-from.ts";
import { topLevelAwaits } from "./top-level-awaits.ts";

/** An app's own files are read up to these bounds: a bundle says nothing about the app. */
const MAX_FILES = 300;
const MAX_BYTES = 256 * 1024;

/** `import … from "./x"`, `import("./x")`, `require("./x")`, `new Worker("./x")`, `new URL("./x", …)`. */
const REFERENCES =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\bWorker\s*\(\s*|\bURL\s*\(\s*)(["'])(\.{1,2}\/.*?)\1/g;

/**
 * Code that opens a server. `listen()` without arguments is that of a framework's worker, as of a NestJS microservice.
 */
const OPENS =
  /\.listen\s*\(\s*[^)\s]|\bcreate(?:Secure)?Server\s*\(|(?:^|[^.\w])serve\s*\(\s*[^)\s]|\bstartServer\s*\(/;

/** Frameworks that serve: an app that has loaded one is going to listen. */
const FRAMEWORKS =
  /[/\\]node_modules[/\\](express|fastify|koa|restify|polka|next|nuxt|nitropack|h3|hono|@hono[/\\]node-server|@hapi[/\\]hapi|@nestjs[/\\]platform-\w+|@adonisjs[/\\]http-server|@feathersjs[/\\]\w+|moleculer-web|socket\.io|apollo-server|@apollo[/\\]server|uWebSockets\.js)[/\\]/;

const SOURCE = /\.[cm]?[jt]sx?$/;

/** A place in the app's source, relative to the entry's folder: `server.js:3`. */
export type Place = string;

/** What the source says. */
export interface AppSources {
  /** Where the app opens a server, or the framework that it has loaded. */
  opensServer: string | undefined;
  /** The places of awaits at the top level. */
  awaits: Place[];
}

let sources: Promise<AppSources> | undefined;

/** What the app's source says. It is read once; `awaits` only if that is asked for the first time. Never rejects. */
export function appSources(entry: string | undefined, options: { awaits: boolean }): Promise<AppSources> {
  return (sources ??= readAppSources(entry, options));
}

/** Reads the entry and the files that it names, directly or indirectly. Never rejects. */
export async function readAppSources(entry: string | undefined, { awaits }: { awaits: boolean }): Promise<AppSources> {
  const found: AppSources = { opensServer: undefined, awaits: [] };
  if (entry === undefined || !existsSync(entry)) return found;
  const first = realpathSync(entry);
  const files = new Set([first]);
  for (const file of files) {
    const text = await textOf(file);
    const place = (line: number) => `${path.relative(path.dirname(first), file)}:${line}`;
    if (awaits) found.awaits.push(...topLevelAwaits(text).map(place));
    const opens = lineOf(text, OPENS);
    if (opens !== undefined) found.opensServer ??= place(opens);
    for (const [, , name = ""] of text.matchAll(REFERENCES)) {
      const next = files.size < MAX_FILES ? resolve(path.resolve(path.dirname(file), name)) : undefined;
      if (next !== undefined) files.add(next);
    }
  }
  found.opensServer ??= loadedFramework();
  return found;
}

async function textOf(file: string): Promise<string> {
  try {
    return statSync(file).size > MAX_BYTES ? "" : await readFile(file, "utf8");
  } catch {
    return "";
  }
}

function lineOf(text: string, pattern: RegExp): number | undefined {
  const index = text.split("\n").findIndex((line) => !/^\s*(?:\/\/|\/?\*)/.test(line) && pattern.test(line));
  return index < 0 ? undefined : index + 1;
}

/** The file that a module specifier means: TypeScript names the file that will be compiled from it. */
function resolve(named: string): string | undefined {
  const ends = ["", ".js", ".ts", ".mjs", ".mts", ".cjs", ".cts", "/index.js", "/index.ts"];
  const typed = named.replace(/\.([cm]?)js$/, ".$1ts");
  const files = [...ends.map((end) => `${named}${end}`), typed].filter((file) => SOURCE.test(file));
  return files.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

function loadedFramework(): string | undefined {
  const loaded = loadedFiles().find((file) => FRAMEWORKS.test(file));
  return loaded && FRAMEWORKS.exec(loaded)?.[1];
}

/** The CommonJS modules of the app: most frameworks are such, also for an app of ES modules. */
function loadedFiles(): string[] {
  try {
    return Object.keys(requireFrom(process.execPath).cache);
  } catch {
    return []; // the app's bundler has taken away what this needs
  }
}
