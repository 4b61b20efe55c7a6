// How deep a value may be shown: one part that occurs in many places is shown in each, and a small value can be endless to read.

/** As many parts are shown within a second. */
const MAX_PARTS = 200_000;

/** The greatest depth, at most `depth`, at which the value has no more than 200,000 parts, of each container at most `items`. */
export function shownDepth(value: unknown, { depth, items }: { depth: number; items: number }): number {
  let level: object[] = isObject(value) ? [value] : [];
  let parts = 0;
  for (let reached = 0; reached <= depth && level.length > 0; reached++) {
    const next: object[] = [];
    for (const container of level) {
      const inner = partsOf(container, items);
      parts += inner.length;
      if (parts > MAX_PARTS) return Math.max(0, reached - 1);
      for (const part of inner) if (isObject(part)) next.push(part);
    }
    level = next;
  }
  return depth;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function partsOf(value: object, items: number): unknown[] {
  if (value instanceof Map) return [...value].slice(0, items).flat();
  if (value instanceof Set) return [...value].slice(0, items);
  if (ArrayBuffer.isView(value)) return [];
  const keys = Array.isArray(value) ? Object.keys(value).slice(0, items) : Object.keys(value);
  return keys.map((key) => Reflect.get(value, key) as unknown);
}
