// Maps the places in an error's stack to the typed code, since source.ts has inserted calls into it.

/** Text that was inserted into a line of a source, by its position in the typed code. Both count from 0. */
export interface Insertion {
  line: number;
  column: number;
  length: number;
}

/** How many sources are remembered. For older ones, the places are shown as V8 reports them. */
const MAX_SOURCES = 1000;

const PLACE = /\bconsole\/\d+:\d+:\d+/g;

/** The inserted pieces in the sources of all consoles. */
export class TypedPlaces {
  readonly #insertions = new Map<number, readonly Insertion[]>();

  /** Remembers the pieces that were inserted into the source with this number, from left to right. */
  add(source: number, insertions: readonly Insertion[]): void {
    if (insertions.length > 0) this.#insertions.set(source, insertions);
    const [oldest] = this.#insertions.keys();
    if (this.#insertions.size > MAX_SOURCES && oldest !== undefined) this.#insertions.delete(oldest);
  }

  /** The text, with each `console/7:1:20` as in the typed code. */
  asTyped(text: string): string {
    return text.replaceAll(PLACE, (place) => {
      const [source = 0, line = 0, column = 0] = place.split(/[/:]/).slice(1).map(Number);
      const all = this.#insertions.get(source) ?? [];
      const inLine = all.filter((insertion) => insertion.line === line - 1);
      return `console/${source}:${line}:${columnOf(inLine, column - 1) + 1}`;
    });
  }
}

function columnOf(insertions: readonly Insertion[], column: number): number {
  let inserted = 0;
  for (const { column: at, length } of insertions) {
    if (column < at + inserted) break;
    if (column < at + inserted + length) return at;
    inserted += length;
  }
  return column - inserted;
}
