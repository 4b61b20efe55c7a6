// The options of every command, before its name or after it.
import type { Target } from "../find/discover.ts";

/** The options that every command has. */
export interface GlobalOptions extends Target {
  json?: boolean;
}
