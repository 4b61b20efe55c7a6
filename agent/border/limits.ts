// Defines the limits that both sides of a border know: the gateway, and the main thread or a sandbox.
import type { Limits } from "../../shared/messages/messages.ts";

/** The limits of an agent, unless `startAgent({ limits })` changes them. */
export const DEFAULT_LIMITS: Limits = {
  connections: 256,
  inFlight: 128,
  messageBytes: 4 * 1024 * 1024,
  depth: 100,
  values: 200_000,
  callsPerSecond: 100_000,
  allCallsPerSecond: 150_000,
  resultChars: 16 * 1024 * 1024,
  outputChars: 4 * 1024 * 1024,
};

/** How long the main thread may take to answer a quick request: describe, cancel, runs. */
export const QUICK_REQUEST_MS = 5000;

/** Most tasks that one expression has in flight. The next call waits until one of them ends. */
export const TASK_CALLS = 16;
