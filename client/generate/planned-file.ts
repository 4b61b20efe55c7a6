// A file that a release should have, and what the user wants of a release.

/** The phases in which an instance can migrate: before its app starts, or before it is ready. */
export const MIGRATING_PHASES = ["pre_start", "post_start"] as const;
/** One of {@link MIGRATING_PHASES}. */
export type MigratingPhase = (typeof MIGRATING_PHASES)[number];

/** A file that a release should have. */
export interface PlannedFile {
  /** A path in the project. */
  path: string;
  text: string;
  /** True if the file is executable. */
  isProgram?: boolean;
  /** True if existing content stays and the plan only adds to it. */
  isAddition?: boolean;
  /** True for the user's own file: nothing is written. */
  isKept?: boolean;
}

/** What the user wants in addition to the release itself. */
export interface PlanOptions {
  docker?: boolean | undefined;
  kubernetes?: boolean | undefined;
  systemd?: boolean | undefined;
  force?: boolean | undefined;
  app?: string | undefined;
  entry?: string | undefined;
  tasks?: string | undefined;
  process?: string | undefined;
  migrations?: string | undefined;
  /** When each instance migrates. */
  migrate?: MigratingPhase | undefined;
}
