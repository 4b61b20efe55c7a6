// Explains in one sentence why the app's tasks cannot be loaded: the error's own words, and the line of the app at
// fault.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Program } from "acorn";
import { thrownHeading } from "../../shared/messages/thrown.ts";
import { NoTasks } from "./registry.ts";
import { isOwnFrame } from "./own-frames.ts";
import { parser } from "./parser.ts";
import { reportThrown } from "./thrown.ts";

/** How many modules are searched for the one that Node could not parse. */
const MAX_MODULES = 200;
const MAX_WORDS = 1000;

/** The reason, for the end of a sentence. `module` is the task module, if it is known. */
export async function whyNotLoaded(error: unknown, module?: string): Promise<string> {
  if (error instanceof NoTasks) return error.reason;
  const { thrown } = reportThrown("", error);
  const frames = "error" in thrown ? (thrown.error.stack ?? "") : "";
  const place = headOf(error) ?? placeIn(frames) ?? (await unparsed(error, module));
  const words = wordsOf(thrownHeading(thrown));
  // A compiler's message already names the place, and its own frames add nothing.
  return place === undefined || /\/\S+:\d+/.test(words) ? words : `${words}, at ${place}`;
}

/** The heading on one line, without the parts about remsh: the importing file, and how Node was asked. */
function wordsOf(heading: string): string {
  const told = heading
    .replace(/\nRequire stack:.*/s, "")
    .replace(/ imported from (\S+)/, (whole, importer: string) => (isOwnFrame(`(${importer}`) ? "" : whole))
    .replaceAll(/\?(?:attempt|reload)=\d+/g, "");
  const line = told.replaceAll(/\s+/g, " ").trim();
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)} …` : line;
}

/** For some syntax errors Node puts the place above everything else: `file:///srv/shop/release.js:3`. */
function headOf(error: unknown): string | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const [, file, line] = /^((?:file:\/\/)?\/.*):(\d+)\n/.exec(String(error.stack)) ?? [];
  return file === undefined ? undefined : `${pathOf(file)}:${line}`;
}

/** The app's innermost frame, or else the innermost frame of a package that it uses. */
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

/** Node does not say where an ES module has a syntax error, so this searches for it, starting at the task module. */
async function unparsed(error: unknown, module: string | undefined): Promise<string | undefined> {
  if (!(error instanceof SyntaxError) || module === undefined) return undefined;
  const { parse } = parser();
  const files = new Set([module]);
  // One file after the other, so that the event loop of a running app turns in between.
  for (const file of files) {
    if (files.size > MAX_MODULES) return undefined;
    try {
      const source = /\.[cm]?js$/.test(file) ? await readFile(file, "utf8") : "";
      const { body } = parse(source, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true });
      for (const imported of relativeImports(body)) files.add(path.resolve(file, "..", imported));
    } catch (reason) {
      const line = lineOf(reason);
      if (line !== undefined) return `${file}:${line}`; // otherwise the file could not be read, which is not a syntax error
    }
  }
  return undefined;
}

function relativeImports(body: Program["body"]): string[] {
  const sources = body.flatMap((statement) => ("source" in statement ? [statement.source?.value] : []));
  return sources.flatMap((source) => (typeof source === "string" && /^\.\.?\//.test(source) ? [source] : []));
}

/** acorn's errors contain the line. */
function lineOf(error: unknown): number | undefined {
  const loc: unknown = error instanceof SyntaxError && "loc" in error ? error.loc : undefined;
  return typeof loc === "object" && loc !== null && "line" in loc ? Number(loc.line) : undefined;
}
