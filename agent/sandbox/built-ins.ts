// Restores JavaScript's built-ins to their state before an expression's first line. An expression may replace any of
// them, and its replacements must not decide whether a task failed, nor what is shown.

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;

const { is } = Object;

/** An object that others inherit from, or whose methods are used by name. */
interface Holder {
  object: object;
  prototype: object | null;
  keys: readonly PropertyKey[];
  /** By key. It has no prototype, so that a lookup finds only its own entries. */
  descriptors: Record<PropertyKey, PropertyDescriptor | undefined>;
}

/** One change that an expression made. Changes form a linked list, since the array methods may be among the changes. */
interface Change {
  next: Change | undefined;
  undo: () => void;
}

const holders: readonly Holder[] = holderObjects().map(toHolder);

let isPristine = false;

/**
 * Calls `work` with all original built-ins in place, and afterwards puts the expression's replacements back.
 *
 * @throws TypeError when the expression has locked a built-in that it had changed.
 */
export function withBuiltIns<Result>(work: () => Result): Result {
  if (isPristine) return work();
  const changes = restoreAll();
  isPristine = true;
  try {
    return work();
  } finally {
    isPristine = false;
    for (let change = changes; change !== undefined; change = change.next) change.undo();
  }
}

/** A Map with its own copies of the methods, so that changes to Map.prototype have no effect on it. */
export const OwnMap = ownClass(class<Key, Value> extends Map<Key, Value> {});

/** Like {@link OwnMap}. */
export const OwnWeakMap = ownClass(class<Key extends WeakKey, Value> extends WeakMap<Key, Value> {});

/** Copies the inherited methods into the class, and locks it. */
function ownClass<Class extends (abstract new (...args: never) => object) & { readonly prototype: object }>(
  own: Class,
): Class {
  const { prototype }: { readonly prototype: object } = own;
  const inherited = getPrototypeOf(prototype) ?? {};
  for (const key of ownKeys(inherited)) {
    const descriptor = getOwnPropertyDescriptor(inherited, key);
    if (key !== "constructor" && descriptor) defineProperty(prototype, key, descriptor);
  }
  setPrototypeOf(prototype, null);
  Object.freeze(prototype);
  return Object.freeze(own);
}

function holderObjects(): object[] {
  const iterators = [[].values(), new Map().keys(), new Set().keys(), ""[Symbol.iterator](), "".matchAll(/a/g)];
  const prototypes = [...iterators, (function* () {})(), new Uint8Array()].flatMap(prototypesOf);
  const types = [
    Object,
    Function,
    Array,
    Map,
    Set,
    WeakMap,
    WeakSet,
    String,
    Number,
    BigInt,
    Boolean,
    Symbol,
    RegExp,
    Date,
  ];
  const errors = [Error, AggregateError, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];
  const bytes = [ArrayBuffer, DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array];
  const others = [Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array];
  const own = [...types, ...errors, ...bytes, ...others].flatMap((type: { readonly prototype: object }) => [
    type,
    type.prototype,
  ]);
  return [...new Set([...own, ...prototypes, JSON, Math, Reflect])];
}

function prototypesOf(value: object): object[] {
  const prototype = getPrototypeOf(value);
  return prototype === null ? [] : [prototype, ...prototypesOf(prototype)];
}

function toHolder(object: object): Holder {
  const keys = ownKeys(object);
  const descriptors: Holder["descriptors"] = {};
  setPrototypeOf(descriptors, null);
  for (const key of keys) {
    const descriptor = getOwnPropertyDescriptor(object, key);
    // Otherwise a `get` that an expression adds to Object.prototype would count as part of the descriptor.
    if (descriptor && setPrototypeOf(descriptor, null)) descriptors[key] = descriptor;
  }
  return { object, prototype: getPrototypeOf(object), keys, descriptors };
}

function restoreAll(): Change | undefined {
  let changes: Change | undefined;
  for (let index = 0; index < holders.length; index++) {
    const holder = holders[index];
    if (holder) changes = restore(holder, changes);
  }
  return changes;
}

function restore(holder: Holder, before: Change | undefined): Change | undefined {
  const { object, prototype, keys, descriptors } = holder;
  let changes = before;
  const current = ownKeys(object);
  for (let index = 0; index < current.length; index++) {
    const key = current[index];
    if (key !== undefined && descriptors[key] === undefined)
      changes = { next: changes, undo: put(object, key, undefined) };
  }
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === undefined) continue;
    const known = descriptors[key];
    if (!isSame(getOwnPropertyDescriptor(object, key), known))
      changes = { next: changes, undo: put(object, key, known) };
  }
  const changed = getPrototypeOf(object);
  if (changed === prototype) return changes;
  if (!setPrototypeOf(object, prototype)) throw locked("the prototype of a built-in");
  return { next: changes, undo: () => void setPrototypeOf(object, changed) };
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  setPrototypeOf(one, null);
  return one.get === other.get && one.set === other.set && is(one.value, other.value);
}

/** Gives the property its original descriptor, or removes it. */
function put(object: object, key: PropertyKey, own: PropertyDescriptor | undefined): () => void {
  const changed = getOwnPropertyDescriptor(object, key);
  if (!set(object, key, own)) throw locked(typeof key === "symbol" ? "a built-in" : `the built-in "${String(key)}"`);
  return () => void set(object, key, changed);
}

function set(object: object, key: PropertyKey, descriptor: PropertyDescriptor | undefined): boolean {
  if (descriptor === undefined) return deleteProperty(object, key);
  setPrototypeOf(descriptor, null);
  return defineProperty(object, key, descriptor);
}

function locked(what: string): TypeError {
  return new TypeError(`the expression has changed ${what} for good`);
}
