// Refuses to start an app on a Node that cannot load the agent: another PATH, as cron and sudo have it, may lead to one.
import { badConfiguration } from "../terminal/command-failure.ts";

/** The oldest Node that remsh supports: "engines" in its package.json. */
const OLDEST = [20, 19] as const;

/** @throws CommandFailure 78 when this process runs on an older Node. The app would run on the same. */
export function refuseOldNode(app: string, version = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldest, leastMinor] = OLDEST;
  if (major > oldest || (major === oldest && minor >= leastMinor)) return;
  throw badConfiguration(
    `Cannot start ${app}: "${process.execPath}" is Node ${version}, and remsh needs ${OLDEST.join(".")} or newer (set REMSH_NODE)`,
  );
}
