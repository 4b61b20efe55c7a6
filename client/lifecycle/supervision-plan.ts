// All that the supervisor of an app is told by the program that ran the first hooks, as one document.
import type { LogSettings, Settings } from "../project/settings.ts";
import type { ProcessMark } from "./supervision-record.ts";

/** The variable that brings the document to a supervisor which is a program of its own. */
export const PLAN = "REMSH_SUPERVISION_PLAN";

/** What is to be started, and how it is stood by. */
export interface SupervisionPlan extends Pick<Settings, "hookTimeoutMs" | "onFailure" | "stopTimeoutMs"> {
  app: string;
  /** The app's folder. */
  root: string;
  /** Whether hooks run when it is up and when it is stopped. */
  withHooks: boolean;
  /** Node's words for it. */
  command: string[];
  /** The log that is to be kept within its size; none where this process does not write to one. */
  log?: Omit<LogSettings, "file"> & { file: string };
  /** The file for whose new name `daemon` waits, where it does. */
  waitingFile?: string;
  /** The file of the lock that this start has until the app is ready. */
  lock: string;
  /** What the name of the app's record begins with (supervision-record.ts). */
  record: string;
  /** The app's name among its instances, where it has one of its own. */
  instance?: string;
  /** The app to be taken over, which runs already; none where the command is to be started. */
  adopts?: Adoption;
}

/** An app whose supervisor was killed. */
export interface Adoption extends ProcessMark {
  instance: string;
  socket: string;
}
