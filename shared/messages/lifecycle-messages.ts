// The messages that take an app out of its traffic, put it back, end it, and give it new tasks. Named as in
// PROTOCOL.md.
import type { Readiness } from "./ping-messages.ts";
import type { Expiry } from "./run-messages.ts";

/** Parameters of `drain`. */
export interface DrainParams {
  /**
   * The holder's own name for its lease, 1 to 64 of `A-Z a-z 0-9 _ -`. Default: no lease; the app is then drained by
   * hand.
   */
  lease?: string;
  /** How long, in milliseconds, unless it is sent again. Default: until `ready`. */
  forMs?: number;
  /** The request is not begun after this moment, at which its caller gives up. Default: it is begun at any time. */
  expiry?: Expiry;
}

/** Parameters of `ready`. */
export interface ReadyParams {
  /** Release only this lease. Default: remove every reason for not being ready except the app's own. */
  lease?: string;
  /** The request is not begun after this moment, at which its caller gives up. Default: it is begun at any time. */
  expiry?: Expiry;
}

/** Parameters of `end`. */
export interface EndParams extends DrainParams {
  /** How long runs in flight may continue before their signal fires, in milliseconds; default 5000. */
  graceMs?: number;
}

/** Result of `drain`, `ready` and `end`: why the app is not ready now, regardless of what the app itself says. */
export interface DrainResult {
  /** Left out if only the app itself decides. */
  ready?: Readiness;
  reason?: string;
}

/** Parameters of `reload`. */
export interface ReloadParams {
  /**
   * How long the reload may take, in milliseconds; default 5000. After that its signal fires, and the tasks stay as
   * they are.
   */
  timeoutMs?: number;
  /** The request is not begun after this moment, at which its caller gives up. Default: it is begun at any time. */
  expiry?: Expiry;
}

/** Result of `reload`. */
export interface ReloadResult {
  /** How many tasks there are now. */
  tasks: number;
}
