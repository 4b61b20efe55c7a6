// Who this process is, in the words that others see while they wait for it: "shop 4711 on web-2".
import { readFileSync } from "node:fs";
import os from "node:os";

const PREFIX = "remsh: ";
/** PostgreSQL cuts longer names. */
const LONGEST = 63;

/** The `application_name` of every connection that remsh opens. */
export function applicationName(): string {
  return `${PREFIX}${appName()} ${process.pid} on ${os.hostname()}`.slice(0, LONGEST);
}

/** Reads another process' `application_name` back; that of a stranger is shown with its backend's number. */
export function describeHolder(name: string | null, pid: number): string {
  return name?.startsWith(PREFIX) ? name.slice(PREFIX.length) : `backend ${pid}${name ? ` ("${name}")` : ""}`;
}

function appName(): string {
  return process.env.REMSH_APP ?? packageName() ?? "node";
}

function packageName(): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync("package.json", "utf8"));
    if (typeof parsed === "object" && parsed !== null && "name" in parsed && typeof parsed.name === "string")
      return parsed.name;
  } catch {
    // No package.json here, or none that can be read: the name only serves whoever waits for the lock.
  }
  return undefined;
}
