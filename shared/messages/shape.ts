// Describes how a part of a message must look, and checks it. Members that are not described are allowed, so that an
// older end can read the messages of a newer one.

/** Where a value does not fit, and what it should be: `tasks[3].name`, `be a string`. */
export interface Misfit {
  /** Empty for the value itself. */
  at: string;
  must: string;
}

/** Checks a value: undefined when it is a `T`. */
export interface Shape<T> {
  (value: unknown): Misfit | undefined;
  /** For an object: its described members. */
  members?: Readonly<Record<string, Member>>;
  /** For the types only: the type that fits. */
  readonly fits?: T;
}

/**
 * A member that may be left out. If there is a `fallback`, the member then gets a new value from it. If there is a
 * `known`, a value that fits is replaced by what that makes of it.
 */
export interface Omissible<T> {
  shape: Shape<T>;
  fallback?: () => T;
  known?: (value: unknown) => T;
}

/** A member that is never missing once it was read. */
export interface Replaceable<T> extends Omissible<T> {
  fallback: () => T;
}

/** A member of an object. */
export type Member = Shape<unknown> | Omissible<unknown>;

/** A shape for each member of `T`, and for no other. The compiler checks that. */
export type Members<T> = {
  readonly [Key in keyof T]-?: Record<never, never> extends Pick<T, Key>
    ? Omissible<Exclude<T[Key], undefined>>
    : Shape<T[Key]> | Replaceable<T[Key]>;
};

/** Any value. */
export const anything: Shape<unknown> = () => undefined;

/** A string. */
export const text: Shape<string> = (value) => (typeof value === "string" ? undefined : misfit("be a string"));

/** A number. JSON has no infinite numbers. */
export const number: Shape<number> = (value) => (typeof value === "number" ? undefined : misfit("be a number"));

/** True or false. */
export const flag: Shape<boolean> = (value) => (typeof value === "boolean" ? undefined : misfit("be true or false"));

/** A string that matches the pattern. */
export function matching(pattern: RegExp, must: string): Shape<string> {
  return (value) => (typeof value === "string" && pattern.test(value) ? undefined : misfit(must));
}

/** One of a few words. */
export function oneOf<const Word extends string | true>(...words: readonly Word[]): Shape<Word> {
  const must = `be ${words.map((word) => JSON.stringify(word)).join(" or ")}`;
  const known = new Set<unknown>(words);
  return (value) => (known.has(value) ? undefined : misfit(must));
}

/** An array of items of this shape. */
export function list<Item>(item: Shape<Item>): Shape<Item[]> {
  return (value) => {
    if (!Array.isArray(value)) return misfit("be an array");
    for (const [index, each] of value.entries()) {
      const found = item(each);
      if (found) return within(`[${index}]`, found);
    }
    return undefined;
  };
}

/** A value that fits one of these shapes. */
export function either<T>(...shapes: readonly Shape<T>[]): Shape<T> {
  return (value) => (shapes.some((shape) => fits(shape, value)) ? undefined : misfit("have one of the known shapes"));
}

/** An object with members of any name. */
export const anyObject: Shape<Record<string, unknown>> = (value) =>
  isObject(value) ? undefined : misfit("be an object");

/** An object with these members, and any others. */
export function object<T extends object>(members: Members<T>): Shape<T> {
  const described = Object.entries<Member>(members);
  const shape: Shape<T> = (value) => {
    if (!isObject(value)) return misfit("be an object");
    for (const [name, member] of described) {
      const found = checkMember(value, name, member);
      if (found) return within(name, found);
    }
    return undefined;
  };
  return Object.assign(shape, { members });
}

/** A member that may be left out. */
export function optional<T>(shape: Shape<T>): Omissible<T> {
  return { shape };
}

/** A member that an older end may leave out: it then gets the fallback. */
export function orElse<T>(shape: Shape<T>, fallback: () => T): Replaceable<T> {
  return { shape, fallback };
}

/**
 * Returns the value, if it fits. The value must be freshly parsed and used nowhere else, because omitted members are
 * set to their fallbacks, and unknown words to known ones.
 *
 * @throws the error that `fail` makes of the reason, such as `"tasks[3].name" must be a string`.
 */
export function read<T>(shape: Shape<T>, value: unknown, fail: (reason: string) => Error): T {
  requireFit(shape, value, fail);
  return value;
}

/** True for a value that fits. As with {@link read}, the value must be freshly parsed and used nowhere else. */
export function fits<T>(shape: Shape<T>, value: unknown): value is T {
  return shape(value) === undefined;
}

/** True for a JSON object; an array is not one. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for an array. Unlike `Array.isArray`, it says nothing of the items. */
export function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function requireFit<T>(shape: Shape<T>, value: unknown, fail: (reason: string) => Error): asserts value is T {
  const found = shape(value);
  if (found) throw fail(`${found.at === "" ? "it" : `"${found.at}"`} must ${found.must}`);
}

function checkMember(object: Record<string, unknown>, name: string, member: Member): Misfit | undefined {
  if (typeof member === "function") return member(object[name]);
  const value = object[name];
  const found = value === undefined ? undefined : member.shape(value);
  const reading = value === undefined ? member.fallback : member.known;
  if (!found && reading) object[name] = reading(value);
  return found;
}

function misfit(must: string): Misfit {
  return { at: "", must };
}

function within(name: string, { at, must }: Misfit): Misfit {
  return { at: at === "" || at.startsWith("[") ? `${name}${at}` : `${name}.${at}`, must };
}
