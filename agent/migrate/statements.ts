// Where in a text of several SQL statements each one begins, by PostgreSQL's rules for quotes and comments. Only used to
// point at a statement in a report: nothing is ever run from it.

/** One thing after another: comments and quoted text are taken whole, so that a semicolon in them ends nothing. */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|;|\s+|[^;'"$/\s-]+|[\s\S]/g;

/** The offsets at which the statements of the text begin, comments before them left out. */
export function statementOffsets(text: string): number[] {
  const offsets: number[] = [];
  let within = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === ";") within = false;
    else if (!within && !/^(?:\s|--|\/\*)/.test(token)) {
      offsets.push(index);
      within = true;
    }
  }
  return offsets;
}

/** Line and column, from 1, of an offset. */
export function placeOf(text: string, offset: number): { line: number; column: number; source: string } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  const source = text.slice(start).split("\n", 1)[0] ?? "";
  return { line: before.split("\n").length, column: offset - start + 1, source };
}
