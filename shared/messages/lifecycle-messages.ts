// The messages by which an app is taken out of its traffic, put back, ended, and given new tasks. Named as in PROTOCOL.md.
import type { Readiness } from "./ping-messages.ts";

/** Parameters of `drain`. */
export interface DrainParams {
  /** The holder's own name for its lease, 1 to 64 of `A-Z a-z 0-9 _ -`. Default: none; then it is drained by hand. */
  lease?: string;
  /** For how long, in milliseconds, unless it is sent again. Default: until `ready`. */
  forMs?: number;
}

/** Parameters of `ready`. */
export interface ReadyParams {
  /** Only this lease is given back. Default: nothing keeps the app from being ready any more. */
  lease?: string;
}

/** Parameters of `end`. */
export interface EndParams extends DrainParams {
  /** How long runs in flight may go on before their signal fires, in milliseconds; default 5000. */
  graceMs?: number;
}

/** Result of `drain`, `ready` and `end`: why the app is not ready now, whatever it says itself. */
export interface DrainResult {
  /** Left out when the app's own word counts. */
  ready?: Readiness;
  reason?: string;
}

/** Parameters of `reload`. */
export interface ReloadParams {
  /** How long it may take, in milliseconds; default 5000. Then the app is told, and its tasks stay as they are. */
  timeoutMs?: number;
}

/** Result of `reload`. */
export interface ReloadResult {
  /** How many tasks there are now. */
  tasks: number;
}
