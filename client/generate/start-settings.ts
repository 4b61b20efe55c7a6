// Chooses what of the start script becomes a setting in package.json.
import type { App } from "./app.ts";

/** Node's options and the app's words, when the first release is generated. Later, package.json alone counts. */
export function startSettings({ project, start: { nodeArgs, args } }: App): Record<string, string[]> {
  const { remsh } = project;
  if (remsh.entry !== undefined && remsh.tasks !== undefined) return {};
  const found = Object.entries({ nodeArgs, args }).filter(([, words]) => words.length > 0);
  return Object.fromEntries(found.filter(([key]) => remsh[key] === undefined));
}
