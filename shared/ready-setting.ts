// The setting "ready": what has to be true before the app counts as ready. It stands in package.json, and
// `startAgent({ ready })` takes the same values.

/**
 * `"listening"`: a server of the process listens. A number: a server of the process listens at this port. A path: the
 * app's server answers a GET of it with a status below 400. `"evaluated"`: the entry has been evaluated to its end.
 */
export type ReadySetting = "listening" | "evaluated" | number | `/${string}`;

/** What the setting must be, if it is something else. */
export const READY_VALUES = '"listening", "evaluated", a port (3000) or a path ("/health")';

/** Whether the value is such a setting. */
export function isReadySetting(value: unknown): value is ReadySetting {
  if (typeof value === "number") return Number.isInteger(value) && value > 0 && value < 65_536;
  // A request's path is printable ASCII without blanks; Node refuses others.
  return typeof value === "string" && /^(listening|evaluated|\/[!-~]*)$/.test(value);
}
