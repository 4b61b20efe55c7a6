// Which settings of "remsh" in package.json are for the commands, and not for the app's agent.

/** Their names; client/project/settings.ts reads and checks them. */
export const LIFECYCLE_SETTINGS = ["entry", "nodeArgs", "hooks", "stopTimeout", "log", "timeout"] as const;
