// `version`: prints the app's name and version on this disk.
import { RpcError } from "../../shared/errors.ts";
import { manifestHere } from "../../shared/manifest.ts";
import { appName } from "../find/discover.ts";
import type { GlobalOptions } from "../terminal/global-options.ts";
import type { Streams } from "../terminal/streams.ts";

/**
 * Prints the app's name and version on this disk: what would be started, not what runs.
 *
 * @throws RpcError APP_NOT_NAMED when there is no name or no package.json, UNKNOWN_APP when the folder holds another
 * app.
 */
export function version(options: GlobalOptions, { stdout, env }: Streams): void {
  const manifest = manifestHere(env);
  const here = appName({}, env);
  const app = appName(options, env);
  if (app === undefined)
    throw new RpcError(
      "APP_NOT_NAMED",
      "Cannot tell which app is meant: give --app, set REMSH_APP, or go to the app's folder",
    );
  if (here !== undefined && here !== app)
    throw new RpcError("UNKNOWN_APP", `Cannot tell the version of ${app}: the app in this folder is ${here}`);
  if (!manifest && !env.REMSH_VERSION)
    throw new RpcError(
      "APP_NOT_NAMED",
      `Cannot tell the version of ${app}: there is no package.json here (go to the app's folder, or set REMSH_ROOT)`,
    );
  const number = env.REMSH_VERSION || (manifest?.version ?? "0.0.0");
  stdout.write(options.json ? `${JSON.stringify({ app, version: number })}\n` : `${app} ${number}\n`);
}
