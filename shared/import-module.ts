// Imports a module of the user's. Bundlers are to leave it alone: it is not there when they run.
import { isObject } from "./messages/shape.ts";

/** The exports of the module at the URL; `default` is its default export. */
export async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  const namespace: unknown = await import(/* webpackIgnore: true */ url);
  return isObject(namespace) ? namespace : {};
}
