// Maps a position in a compiled script back to the file that a person wrote, where the script carries or names a source
// map, so that `stack` shows release.ts:12 and not the output of a compiler.
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { fileURLToPath } from "node:url";

/** A position in a source file; line and column count from 0. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

interface Script {
  url: string;
  sourceMapURL: string;
}

/** The source maps of the scripts that a debugger session has told of. */
export class SourcePositions {
  readonly #scripts = new Map<string, Script>();

  /** Remembers a script that has a source map. */
  add({ scriptId, url, sourceMapURL }: { scriptId: string; url: string; sourceMapURL?: string | undefined }): void {
    if (sourceMapURL) this.#scripts.set(scriptId, { url, sourceMapURL });
  }

  /** Where the position came from, or undefined when there is no map or it does not say. */
  original(scriptId: string, line: number, column: number): Position | undefined {
    const script = this.#scripts.get(scriptId);
    const payload = script && readMap(script);
    if (!script || !payload) return undefined;
    const entry = new SourceMap(payload).findEntry(line, column);
    if (!("originalSource" in entry) || !entry.originalSource) return undefined;
    const base = script.url.includes(":") ? script.url : `file://${script.url}`;
    return { file: new URL(entry.originalSource, base).href, line: entry.originalLine, column: entry.originalColumn };
  }
}

function readMap({ url, sourceMapURL }: Script): SourceMapPayload | undefined {
  try {
    // What a source map holds is its compiler's affair; findEntry copes with a wrong one by finding nothing.
    return JSON.parse(readText(url, sourceMapURL)) as SourceMapPayload;
  } catch {
    return undefined; // no readable map: the compiled position is shown, which is true as well
  }
}

function readText(url: string, sourceMapURL: string): string {
  const [, base64, data] = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(sourceMapURL) ?? [];
  if (data !== undefined) return base64 ? Buffer.from(data, "base64").toString() : decodeURIComponent(data);
  return readFileSync(fileURLToPath(new URL(sourceMapURL, url)), "utf8");
}
