// Tells what is awaited like a promise but is none: a query builder of knex, Prisma or mongoose, a promise of bluebird's.

/** What a thenable calls itself; undefined for what has no `then`. It may run code of the value's. */
export function thenableName(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const { then, [Symbol.toStringTag]: tag, constructor } = value as Partial<Thenable>;
  if (typeof then !== "function") return undefined;
  if (typeof tag === "string" && tag !== "") return tag;
  return (typeof constructor === "function" && constructor.name) || "Object";
}

/** What of a thenable is looked at; each may be anything. */
interface Thenable {
  then: unknown;
  [Symbol.toStringTag]: unknown;
  constructor: unknown;
}
