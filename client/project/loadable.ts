// Refuses a folder from which Node loads no ES module: it takes a backslash in a path for a separator, and fails.
import { badConfiguration } from "../terminal/command-failure.ts";

/** @throws CommandFailure 78 when the path of one of the ES modules has a backslash. */
export function refuseBackslash(action: string, modules: readonly string[]): void {
  const file = modules.find((path) => path.includes("\\"));
  if (file === undefined) return;
  throw badConfiguration(
    `Cannot ${action}: Node loads no ES module from a path with a backslash, "${file}" (rename it)`,
  );
}
