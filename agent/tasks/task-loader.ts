// Gives the runner the app's tasks: at once where they are there, loaded when first needed where a function loads them, and
// again where that has failed: for who wants to call one at once, for who only looks when it may have become better.
import { statSync } from "node:fs";
import { Registry } from "./registry.ts";

/** The tasks, or a function that loads them. */
export type TaskSource = object | (() => object | Promise<object>);

/** Gives the tasks. What could not be loaded is loaded again with `retry`, else only when that may end otherwise. */
export type LoadTasks = (options: { retry: boolean }) => Registry | Promise<Registry>;

type ModuleFile = () => string | undefined;

/** Who only looks asks again and again, and each time a module that fails is evaluated anew, which Node never forgets. */
const REMEMBERED_MS = 10_000;

/**
 * A function that gives the tasks; `module` tells the file that they are in, where that is known.
 *
 * @throws TypeError when there are none, or not one of them is a task.
 */
export function taskLoader(source: TaskSource, module?: ModuleFile): LoadTasks {
  // Whoever writes JavaScript may have left them out, or misspelled the name.
  if ((typeof source !== "object" && typeof source !== "function") || (source as unknown) === null)
    throw new TypeError('Cannot start the agent: "tasks" must be an object with tasks, or a function that loads them');
  if (typeof source !== "function") {
    const registry = new Registry(source);
    return () => registry;
  }
  let attempt: Attempt | undefined;
  return ({ retry }) => {
    // One load for all who ask.
    if (!attempt || attempt.hasFailed(retry)) attempt = new Attempt(source as () => object | Promise<object>, module);
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
    this.registry.catch(() => (this.#failedAt = performance.now())); // whoever asked is told
  }

  /** Whether it has failed and is no answer any more: at once for who tries again. */
  hasFailed(retry: boolean): boolean {
    if (this.#failedAt === undefined) return false;
    return retry || performance.now() - this.#failedAt > REMEMBERED_MS || versionOf(this.#module) !== this.#version;
  }
}

async function load(source: () => object | Promise<object>): Promise<Registry> {
  return new Registry(await source());
}

/** By what a file is known to be the same. */
function versionOf(module: ModuleFile | undefined): string {
  try {
    const file = module?.();
    const stats = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false });
    return stats ? `${stats.mtimeMs} ${stats.size}` : "none";
  } catch {
    return "none"; // the import will say what is wrong with it
  }
}
