// Reads the parameter list from a function's source text. It uses no parser: describing all tasks runs on the app's
// main thread, and only the list is needed. What cannot be read with certainty is not guessed.

/** The texts of the parameters without comments. Undefined if the source has no readable list. */
export function parameterTexts(source: string): string[] | undefined {
  if (source.endsWith("{ [native code] }")) return undefined;
  const [, single] = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(source) ?? [];
  if (single !== undefined) return [single];
  const open = listStart(source);
  return open === undefined ? undefined : splitList(source, open);
}

/** The parts of a bracketed list, split at its top-level commas. `open` is the index of its bracket. */
export function splitList(source: string, open: number): string[] | undefined {
  const parts: string[] = [];
  let part = "";
  let depth = 0;
  for (let at = open; at < source.length;) {
    const end = tokenEnd(source, at);
    if (end === undefined) return undefined;
    const token = source.slice(at, end);
    at = end;
    if ("([{".includes(token) && depth++ === 0) continue;
    if (")]}".includes(token) && --depth === 0) return [...parts, part].map(trimmed).filter((text) => text !== "");
    if (token === "," && depth === 1) {
      parts.push(part);
      part = "";
    } else if (!isComment(token)) part += token;
  }
  return undefined;
}

/** Where the list begins: after `async`, `function`, `*`, and a name, a string or a computed name. */
function listStart(source: string): number | undefined {
  for (let at = 0; at < source.length;) {
    if (source[at] === "(") return at;
    if (source[at] === "{" || source[at] === "=") return undefined;
    const end = source[at] === "[" ? listEnd(source, at) : tokenEnd(source, at);
    if (end === undefined) return undefined;
    at = end;
  }
  return undefined;
}

/** The index behind the bracket that closes the one at `open`. */
export function listEnd(source: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < source.length;) {
    const end = tokenEnd(source, at);
    if (end === undefined) return undefined;
    if ("([{".includes(source.slice(at, end))) depth++;
    if (")]}".includes(source.slice(at, end)) && --depth === 0) return end;
    at = end;
  }
  return undefined;
}

/**
 * The end of the comment, string or character that begins here. Undefined for a RegExp, which cannot be told from a
 * division.
 */
function tokenEnd(source: string, at: number): number | undefined {
  const two = source.slice(at, at + 2);
  if (two === "//") return placeAfter(source, "\n", at);
  if (two === "/*") return placeAfter(source, "*/", at + 2);
  const quote = source[at];
  if (quote === "/") return undefined;
  return quote === '"' || quote === "'" || quote === "`" ? textEnd(source, at, quote) : at + 1;
}

function textEnd(source: string, open: number, quote: string): number | undefined {
  for (let at = open + 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === quote) return at + 1;
    else if (quote === "`" && source.startsWith("${", at)) return undefined;
  }
  return undefined;
}

function placeAfter(source: string, text: string, from: number): number | undefined {
  const place = source.indexOf(text, from);
  return place === -1 ? undefined : place + text.length;
}

function isComment(token: string): boolean {
  return token.startsWith("//") || token.startsWith("/*");
}

function trimmed(text: string): string {
  return text.trim();
}
