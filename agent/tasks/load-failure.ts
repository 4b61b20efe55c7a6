// Why the app's tasks cannot be loaded, in one sentence: the error's own words, and the line of the app that they are about.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Program } from "acorn";
import { thrownHeading } from "../../shared/messages/thrown.ts";
import { NoTasks } from "./registry.ts";
import { isOwnFrame } from "./own-frames.ts";
import { parser } from "./parser.ts";
import { reportThrown } from "./thrown.ts";

/** Modules that are searched for the one which Node could not parse. */
const MAX_MODULES = 200;
const MAX_WORDS = 1000;

/** The reason, for the end of a sentence; `module` is the tasks' own, where it is known. */
export async function whyNotLoaded(error: unknown, module?: string): Promise<string> {
  if (error instanceof NoTasks) return error.reason;
  const { thrown } = reportThrown("", error);
  const frames = "error" in thrown ? (thrown.error.stack ?? "") : "";
  const place = headOf(error) ?? placeIn(frames) ?? (await unparsed(error, module));
  const words = wordsOf(thrownHeading(thrown));
  // A compiler's message has the place already, and its own frames are no news.
  return place === undefined || /\/\S+:\d+/.test(words) ? words : `${words}, at ${place}`;
}

/** On one line, and without what is about us: who imports, how Node was asked. */
function wordsOf(heading: string): string {
  const told = heading
    .replace(/\nRequire stack:.*/s, "")
    .replace(/ imported from (\S+)/, (whole, importer: string) => (isOwnFrame(`(${importer}`) ? "" : whole))
    .replaceAll(/\?(?:attempt|reload)=\d+/g, "");
  const line = told.replaceAll(/\s+/g, " ").trim();
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)} …` : line;
}

/** Node puts the place of some syntax errors above everything else: `file:///srv/shop/release.js:3`. */
function headOf(error: unknown): string | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const [, file, line] = /^((?:file:\/\/)?\/.*):(\d+)\n/.exec(String(error.stack)) ?? [];
  return file === undefined ? undefined : `${pathOf(file)}:${line}`;
}

/** The innermost frame of the app, or else of a package that it uses. */
function placeIn(stack: string): string | undefined {
  const places = [...stack.matchAll(/^\s+at .*?((?:file:\/\/)?\/[^()]*):(\d+):\d+\)?$/gm)].map(
    ([, file = "", line = ""]) => `${pathOf(file)}:${line}`,
  );
  return places.find((place) => !place.includes("/node_modules/")) ?? places[0];
}

function pathOf(file: string): string {
  const plain = file.replace(/\?.*$/, "");
  return plain.startsWith("file:") ? fileURLToPath(plain) : plain;
}

/** Node does not tell where an ES module has a syntax error: it is searched for, from the tasks' module on. */
async function unparsed(error: unknown, module: string | undefined): Promise<string | undefined> {
  if (!(error instanceof SyntaxError) || module === undefined) return undefined;
  const { parse } = parser();
  const files = new Set([module]);
  // One after the other: the event loop of an app that runs turns in between.
  for (const file of files) {
    if (files.size > MAX_MODULES) return undefined;
    try {
      const source = /\.[cm]?js$/.test(file) ? await readFile(file, "utf8") : "";
      const { body } = parse(source, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true });
      for (const imported of relativeImports(body)) files.add(path.resolve(file, "..", imported));
    } catch (reason) {
      const line = lineOf(reason);
      if (line !== undefined) return `${file}:${line}`; // else it could not be read, which is no matter of its syntax
    }
  }
  return undefined;
}

function relativeImports(body: Program["body"]): string[] {
  const sources = body.flatMap((statement) => ("source" in statement ? [statement.source?.value] : []));
  return sources.filter((source) => typeof source === "string" && /^\.\.?\//.test(source)) as string[];
}

/** acorn's errors say where. */
function lineOf(error: unknown): number | undefined {
  const loc: unknown = error instanceof SyntaxError && "loc" in error ? error.loc : undefined;
  return typeof loc === "object" && loc !== null && "line" in loc ? Number(loc.line) : undefined;
}
