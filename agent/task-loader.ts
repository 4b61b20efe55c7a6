// Gives the runner the app's tasks: at once where they are there, loaded when first needed where a function loads them.
import { Registry } from "./registry.ts";

/** The tasks, or a function that loads them. */
export type TaskSource = object | (() => object | Promise<object>);

/**
 * A function that gives the tasks.
 *
 * @throws TypeError when there are tasks and not one of them is a task.
 */
export function taskLoader(source: TaskSource): () => Registry | Promise<Registry> {
  if (typeof source !== "function") {
    const registry = new Registry(source);
    return () => registry;
  }
  let loading: Promise<Registry> | undefined;
  return () => {
    // One load for all who ask; one that failed is tried again by the next who asks.
    loading ??= load(source as () => object | Promise<object>).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

async function load(source: () => object | Promise<object>): Promise<Registry> {
  return new Registry(await source());
}
