// The shapes of `drain`, `ready`, `end` and `reload`, by which they are checked.
import type {
  DrainParams,
  DrainResult,
  EndParams,
  ReadyParams,
  ReloadParams,
  ReloadResult,
} from "./lifecycle-messages.ts";
import { readiness } from "./ping-shapes.ts";
import { expiry, id, time } from "./run-shapes.ts";
import { number, object, optional, text, type Members } from "./shape.ts";

const drainMembers: Members<DrainParams> = { lease: optional(id), forMs: optional(time), expiry: optional(expiry) };

/** Parameters of `drain`. */
export const drainParams = object<DrainParams>(drainMembers);

/** Parameters of `ready`. */
export const readyParams = object<ReadyParams>({ lease: optional(id), expiry: optional(expiry) });

/** Parameters of `end`. */
export const endParams = object<EndParams>({ ...drainMembers, graceMs: optional(time) });

/** Result of `drain`, `ready` and `end`. */
export const drainResult = object<DrainResult>({ ready: optional(readiness), reason: optional(text) });

/** Parameters of `reload`. */
export const reloadParams = object<ReloadParams>({ timeoutMs: optional(time), expiry: optional(expiry) });

/** Result of `reload`. */
export const reloadResult = object<ReloadResult>({ tasks: number });
