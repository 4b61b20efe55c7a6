// What the commands tell the command line about its end.

/** How the command line ends. The command stores it here. */
export interface Ending {
  exitCode: number;
  /** Whether a failure is reported as JSON. */
  json: boolean;
}
