// What is found of the program in a step of a start script.

/** A part of the start script that is not taken over, and what to do instead: `bin/<app> start | pino-pretty`. */
export interface Lost {
  what: string;
  instead?: string;
}

/** The app that a step runs. */
export interface Program {
  /** A path in the project. */
  file: string;
  nodeArgs: string[];
  /** The app's own words. */
  args: string[];
  lost: Lost[];
}

/** Why a step is not an app that can be started, as part of a sentence, with the remedy if it is not `--entry`. */
export interface Refusal {
  reason: string;
  remedy?: string;
}
