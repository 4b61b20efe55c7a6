// Names a value that is awaited like a promise but is not one: a query builder of knex, Prisma or mongoose, or a
// bluebird promise.

/** A thenable's own name; undefined for a value without `then`. This may run code of the value. */
export function thenableName(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const { then, [Symbol.toStringTag]: tag, constructor }: Partial<Thenable> = value;
  if (typeof then !== "function") return undefined;
  if (typeof tag === "string" && tag !== "") return tag;
  return (typeof constructor === "function" && constructor.name) || "Object";
}

/** The members of a thenable that are read. Each may be anything. */
interface Thenable {
  then: unknown;
  [Symbol.toStringTag]: unknown;
  constructor: unknown;
}
