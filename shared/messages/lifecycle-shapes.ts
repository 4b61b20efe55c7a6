// What `drain`, `ready`, `end` and `reload` have to look like.
import type {
  DrainParams,
  DrainResult,
  EndParams,
  ReadyParams,
  ReloadParams,
  ReloadResult,
} from "./lifecycle-messages.ts";
import { readiness } from "./ping-shapes.ts";
import { id, time } from "./run-shapes.ts";
import { number, object, optional, text, type Members } from "./shape.ts";

const drainMembers: Members<DrainParams> = { lease: optional(id), forMs: optional(time) };

export const drainParams = object<DrainParams>(drainMembers);

export const readyParams = object<ReadyParams>({ lease: optional(id) });

export const endParams = object<EndParams>({ ...drainMembers, graceMs: optional(time) });

export const drainResult = object<DrainResult>({ ready: optional(readiness), reason: optional(text) });

export const reloadParams = object<ReloadParams>({ timeoutMs: optional(time) });

export const reloadResult = object<ReloadResult>({ tasks: number });
