// The document with everything that the supervisor of an app needs, from the program that ran the first hooks.
import type { GivenDescriptors } from "./given-descriptors.ts";
import type { LogSettings, Settings } from "../project/settings.ts";
import type { ProcessMark } from "./supervision-record.ts";

/** The variable that passes the document to a supervisor in a separate program. */
export const PLAN = "REMSH_SUPERVISION_PLAN";

/** What to start, and how to supervise it. */
export interface SupervisionPlan extends Pick<Settings, "hookTimeoutMs" | "onFailure" | "stopTimeoutMs"> {
  app: string;
  /** The app's folder. */
  root: string;
  /** Whether hooks run when the app is up and when it is stopped. */
  withHooks: boolean;
  /** The words with which Node is started. */
  command: string[];
  /** Those of them that the start was given for the app: its record has them. */
  words: readonly string[];
  /** What is added to the supervisor's own environment for the app and its hooks. */
  variables: Record<string, string>;
  /** What this process has open for the app. */
  descriptors?: GivenDescriptors;
  /** The log whose size is limited; none if this process does not write to a log. */
  log?: Omit<LogSettings, "file"> & { file: string };
  /** The file that is renamed when the app is ready, if a `daemon` waits. */
  waitingFile?: string;
  /** The file of the lock that this start holds until the app is ready. */
  lock: string;
  /** The prefix of the name of the app's record (supervision-record.ts). */
  record: string;
  /** The name of the instance, if it has one. */
  instance?: string;
  /** The path at which it will listen, if that does not depend on its process id. */
  socket?: string;
  /** The running app to take over; none if the command should be started. */
  adopts?: Adoption;
}

/** An app whose supervisor was killed. */
export interface Adoption extends ProcessMark {
  instance: string;
  socket: string;
  /** Its supervisor had called it ready. */
  isUp: boolean;
}
