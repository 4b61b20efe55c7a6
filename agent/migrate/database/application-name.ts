// Names this process for others that wait for it: "shop 4711 on web-2".
import os from "node:os";
import { appNameOf } from "../../../shared/addresses.ts";
import { startedApp } from "../../instance/started-app.ts";

const PREFIX = "remsh: ";
/** PostgreSQL cuts longer names. */
const LONGEST = 63;

/** The `application_name` of every connection that remsh opens. */
export function applicationName(): string {
  return `${PREFIX}${appName()} ${process.pid} on ${os.hostname()}`.slice(0, LONGEST);
}

/**
 * Reads another process's `application_name` back. A name that remsh did not write is shown with the number of its
 * backend.
 */
export function describeHolder(name: string | null, pid: number): string {
  return name?.startsWith(PREFIX) ? name.slice(PREFIX.length) : `backend ${pid}${name ? ` ("${name}")` : ""}`;
}

function appName(): string {
  const { manifest, env } = startedApp();
  return env.REMSH_APP ?? (manifest?.name === undefined ? "node" : appNameOf(manifest.name));
}
