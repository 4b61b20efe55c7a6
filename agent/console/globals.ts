// The names that a console has in scope: globals that hold a value only for code that a console evaluates, and undefined for
// the app. `typeof require` in an app's module is the same whether somebody has a console open or not.

/** What a console's code finds under each of the names. */
export interface Scope {
  readonly values: Map<string, unknown>;
}

/** The scoped globals of all consoles of an agent. */
export class ScopedGlobals {
  readonly #current: () => Scope | undefined;
  readonly #installed = new Set<string>();
  /** What consoles have declared: a function or a `var` is a global, too, and may be declared again. */
  readonly #declared = new Set<string>();

  /** `current` tells whose code asks. */
  constructor(current: () => Scope | undefined) {
    this.#current = current;
  }

  /** Puts the names into scope; returns those that the app has as globals of its own, which are left alone. */
  install(names: readonly string[]): string[] {
    const free = names.filter((name) => this.#installed.has(name) || !(name in globalThis));
    for (const name of free) if (!this.#installed.has(name)) this.#define(name);
    return names.filter((name) => !free.includes(name));
  }

  /** True for a name that is the app's and not a console's. */
  isGlobal(name: string): boolean {
    return name in globalThis && !this.#installed.has(name) && !this.#declared.has(name);
  }

  /** Notes the names that a console declares and that nobody had before. */
  claim(names: readonly string[]): void {
    for (const name of names) if (!(name in globalThis)) this.#declared.add(name);
  }

  /** Takes all the names away again. */
  remove(): void {
    for (const name of this.#installed) Reflect.deleteProperty(globalThis, name);
    this.#installed.clear();
  }

  #define(name: string): void {
    this.#installed.add(name);
    Object.defineProperty(globalThis, name, {
      configurable: true,
      enumerable: false,
      get: () => this.#current()?.values.get(name),
      set: (value: unknown) => this.#assign(name, value),
    });
  }

  #assign(name: string, value: unknown): void {
    const scope = this.#current();
    if (scope) return void scope.values.set(name, value);
    // The app assigns a global of this name: from here on it is the app's, as if we had never been there.
    this.#installed.delete(name);
    Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: true, writable: true });
  }
}
