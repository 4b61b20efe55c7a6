// Lists the settings of "remsh" in package.json that are for the commands, and not for the app's agent.

/** The names of these settings. client/project/settings.ts reads and checks them. */
export const LIFECYCLE_SETTINGS = [
  "entry",
  "nodeArgs",
  "args",
  "env",
  "hooks",
  "stopTimeout",
  "log",
  "timeout",
  "processes",
] as const;
