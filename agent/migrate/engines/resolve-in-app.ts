// Resolves the relative paths of an app's release tasks: from the app's folder, not from the working directory.
import path from "node:path";
import { startedApp } from "../../instance/started-app.ts";

/** The path from the app's folder: REMSH_ROOT, else that of the app's package.json, else the working directory. */
export function resolveInApp(relative: string): string {
  const { manifest, env } = startedApp();
  return path.resolve(env.REMSH_ROOT ?? manifest?.root ?? "", relative);
}
