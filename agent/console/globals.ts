// Puts names into a console's scope. They are globals that have a value only for a console's code, and are undefined
// for the app: `typeof require` in the app's module is the same with and without an open console.

/** The values of the names for a console's code. */
export interface Scope {
  readonly values: Map<string, unknown>;
}

/** The scoped globals of all consoles of an agent. */
export class ScopedGlobals {
  readonly #current: () => Scope | undefined;
  readonly #installed = new Set<string>();
  /** The names that consoles have declared: a function or a `var` is a global, too, and may be declared again. */
  readonly #declared = new Set<string>();

  /** `current` returns the scope of the code that is executing. */
  constructor(current: () => Scope | undefined) {
    this.#current = current;
  }

  /** Puts the names into scope. Returns the names that the app already has as globals; those are left alone. */
  install(names: readonly string[]): string[] {
    const free = names.filter((name) => this.#installed.has(name) || !(name in globalThis));
    for (const name of free) if (!this.#installed.has(name)) this.#define(name);
    return names.filter((name) => !free.includes(name));
  }

  /** True for a name that belongs to the app and not to a console. */
  isGlobal(name: string): boolean {
    return name in globalThis && !this.#installed.has(name) && !this.#declared.has(name);
  }

  /** Records the names that a console declares and that did not exist before. */
  claim(names: readonly string[]): void {
    for (const name of names) if (!(name in globalThis)) this.#declared.add(name);
  }

  /** Removes all the names. */
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
    // The app assigns a global of this name: from now on it belongs to the app, as if we had not defined it.
    this.#installed.delete(name);
    Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: true, writable: true });
  }
}
