// The Promise of an expression, which knows whether its rejection was heard: if a task is called and fails, the failure
// must be reported, however the expression has passed the promise on.

const { apply, defineProperty } = Reflect;
// vm2 has locked Promise and everything that it inherits, so this `then` never changes.
// eslint-disable-next-line @typescript-eslint/unbound-method -- called by `apply` alone
const promiseThen = Promise.prototype.then;

/** A rejection that was unheard when it happened. */
interface Rejection {
  promise: TrackedPromise<unknown>;
  error: unknown;
  next: Rejection | undefined;
}

let rejections: Rejection | undefined;

/** Forgets the rejections of an expression that has ended. */
export function forgetRejections(): void {
  rejections = undefined;
}

/** The first rejection that is still unheard. */
export function unheardRejection(): { error: unknown } | undefined {
  let first: Rejection | undefined;
  for (let rejection = rejections; rejection !== undefined; rejection = rejection.next)
    if (!TrackedPromise.isHeard(rejection.promise)) first = rejection;
  return first;
}

/** Observes how a promise ends. The promise does not count as heard, and its own `then` is not called. */
export function learn<Value>(
  promise: PromiseLike<Value>,
  done: (value: Value) => void,
  failed: (error: unknown) => void,
): void {
  void apply(promiseThen, promise, [done, failed]);
}

/** Behaves and looks like any other promise. */
export class TrackedPromise<Value> extends Promise<Value> {
  #isHeard = false;

  static {
    defineProperty(this, "name", { value: "Promise" });
  }

  constructor(
    executor: (resolve: (value: Value | PromiseLike<Value>) => void, reject: (error: unknown) => void) => void,
  ) {
    super(executor);
    learn(this, nothing, (error) => {
      if (!this.#isHeard) rejections = { promise: this, error, next: rejections };
    });
  }

  /** True when the promise is awaited, or its `then`, `catch` or `finally` was called. */
  static isHeard(promise: TrackedPromise<unknown>): boolean {
    return promise.#isHeard;
  }

  /** True for a TrackedPromise. `instanceof` cannot be used: vm2 makes it answer as for Promise. */
  static is(value: object): value is TrackedPromise<unknown> {
    return #isHeard in value;
  }

  /** A tracked promise that settles like the other one. */
  static follow<Value>(promise: PromiseLike<Value>): TrackedPromise<Value> {
    return new TrackedPromise((resolve, reject) => learn(promise, resolve, reject));
  }

  override then<A = Value, B = never>(
    onFulfilled?: ((value: Value) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isHeard = true;
    return TrackedPromise.follow(apply(promiseThen, this, [onFulfilled, onRejected]) as Promise<A | B>);
  }
}

// Functions that return one of vm2's promises now return a tracked one.
for (const name of ["all", "any", "race", "resolve", "reject", "try"]) {
  const original: unknown = Reflect.get(Promise, name);
  if (typeof original !== "function") continue; // `try` is newer than Node 20
  define(name, (...args) => {
    const first = args[0];
    if (name === "resolve" && isObject(first) && TrackedPromise.is(first)) return first;
    return TrackedPromise.follow(apply(original, Promise, args) as Promise<unknown>);
  });
}
define("withResolvers", () => {
  let settle = {};
  const promise = new TrackedPromise((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
});
void Object.freeze(TrackedPromise);
void Object.freeze(TrackedPromise.prototype); // the prototype is not a promise, although it is typed as one

function define(name: string, value: (...args: unknown[]) => unknown): void {
  defineProperty(value, "name", { value: name });
  defineProperty(TrackedPromise, name, { value, writable: true, configurable: true });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function nothing(): void {}
