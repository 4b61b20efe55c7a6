// Loads the app's tasks when they are first needed. It retries a failed load: at once for a call, and for a listing
// only when the result may differ.
import { statSync } from "node:fs";
import { Registry } from "./registry.ts";

/** The tasks, or a function that loads them; undefined for an app without tasks. */
export type TaskSource = object | (() => object | Promise<object>) | undefined;

function isLoader(source: TaskSource): source is () => object | Promise<object> {
  return typeof source === "function";
}

/** Returns the tasks. A failed load is repeated at once with `retry`, else only when the result may differ. */
export type LoadTasks = (options: { retry: boolean }) => Registry | Promise<Registry>;

type ModuleFile = () => string | undefined;

/** Listings are repeated often, and each failing load evaluates the module anew, which Node never frees. */
const REMEMBERED_MS = 10_000;

/**
 * A function that returns the tasks. `module` returns the file that they are in, if it is known.
 *
 * @throws TypeError when it is neither, or when the object has no task.
 */
export function taskLoader(source: TaskSource, module?: ModuleFile): LoadTasks {
  // JavaScript callers may pass anything.
  const fits = ["object", "function", "undefined"].includes(typeof source) && source !== null;
  if (!fits)
    throw new TypeError('Cannot start the agent: "tasks" must be an object with tasks, or a function that loads them');
  if (!isLoader(source)) {
    const registry = new Registry(source);
    return () => registry;
  }
  let attempt: Attempt | undefined;
  return ({ retry }) => {
    // All callers share one load.
    if (!attempt || attempt.hasFailed(retry)) attempt = new Attempt(source, module);
    return attempt.registry;
  };
}

class Attempt {
  readonly registry: Promise<Registry>;
  readonly #module: ModuleFile | undefined;
  readonly #version: string;
  #failedAt: number | undefined;

  constructor(source: () => object | Promise<object>, module: ModuleFile | undefined) {
    this.#module = module;
    this.#version = versionOf(module);
    this.registry = load(source);
    this.registry.catch(() => (this.#failedAt = performance.now())); // the callers get the error
  }

  /** Whether it has failed and should be repeated: with `retry` at once. */
  hasFailed(retry: boolean): boolean {
    if (this.#failedAt === undefined) return false;
    return retry || performance.now() - this.#failedAt > REMEMBERED_MS || versionOf(this.#module) !== this.#version;
  }
}

async function load(source: () => object | Promise<object>): Promise<Registry> {
  return new Registry(await source());
}

/** Identifies a version of the file. */
function versionOf(module: ModuleFile | undefined): string {
  try {
    const file = module?.();
    const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    return stats ? `${stats.mtimeMs} ${stats.size}` : "none";
  } catch {
    return "none"; // the import will report what is wrong
  }
}
