// Which settings of "remsh" in package.json are for the commands that start and stop the app, and not for its agent.

/** Their names; client/lifecycle/settings.ts reads and checks them. */
export const LIFECYCLE_SETTINGS = ["entry", "nodeArgs", "hooks", "stopTimeout", "log"] as const;
