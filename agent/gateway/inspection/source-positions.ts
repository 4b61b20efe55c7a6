// Maps a position in a compiled script back to the source file, if the script contains or names a source map, so that
// `stack` shows release.ts:12 and not the compiler's output.
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";

/** A position in a source file; line and column count from 0. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** A script as the debugger reports it. */
export interface Script {
  scriptId: string;
  url: string;
  sourceMapURL?: string | undefined;
}

/** The scripts that a debugger session has reported, and the source positions behind them. */
export class SourcePositions {
  readonly #scripts = new Map<string, Script>();

  add({ scriptId, url, sourceMapURL }: Script): void {
    this.#scripts.set(scriptId, { scriptId, url, sourceMapURL });
  }

  /** The script's URL; empty for code that was never in a file. (A call frame's own `url` is empty in V8.) */
  urlOf(scriptId: string): string {
    return this.#scripts.get(scriptId)?.url ?? "";
  }

  /** The position in the source file, by the source map if there is one. */
  original(scriptId: string, line: number, column: number): Position {
    const url = this.urlOf(scriptId);
    const payload = readMap(this.#scripts.get(scriptId));
    const entry = payload && new SourceMap(payload).findEntry(line, column);
    if (!entry || !("originalSource" in entry) || !entry.originalSource) return { file: url, line, column };
    const base = url.includes(":") ? url : `file://${url}`;
    return { file: new URL(entry.originalSource, base).href, line: entry.originalLine, column: entry.originalColumn };
  }
}

function readMap({ url, sourceMapURL }: Partial<Script> = {}): SourceMapPayload | undefined {
  if (!url || !sourceMapURL) return undefined;
  try {
    // A source map is not checked: if it is wrong, findEntry finds nothing.
    return JSON.parse(readText(url, sourceMapURL)) as SourceMapPayload;
  } catch {
    return undefined; // no readable map: the compiled position is shown, which is correct too
  }
}

function readText(url: string, sourceMapURL: string): string {
  const [, base64, data] = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(sourceMapURL) ?? [];
  if (data !== undefined) return base64 ? Buffer.from(data, "base64").toString() : decodeURIComponent(data);
  return readFileSync(fileURLToPath(new URL(sourceMapURL, url)), "utf8");
}
