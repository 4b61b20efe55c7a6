// Several processes of one package, such as a web server and a worker: each has settings of its own in
// `"remsh": { "processes" }`. An instance belongs to the process whose name it has: `worker`, `worker-2`.

/** Settings of the app itself that its processes do not have: for its own program, its place and its readiness. */
const NOT_SHARED = ["args", "instance", "ready", "socket"];

/** The names of the processes, in order; empty if there are none, or if the setting is not an object. */
export function processNames(remsh: unknown): string[] {
  return Object.keys(processesIn(remsh));
}

/** The process that an instance belongs to; undefined for the app itself. */
export function processOf(remsh: unknown, instance: string | undefined): string | undefined {
  return instance === undefined ? undefined : processIn(processNames(remsh), instance);
}

/** The same among these names. Of `mail` and `mail-out`, the longer one has `mail-out-2`. */
export function processIn(names: readonly string[], instance: string): string | undefined {
  const found = names.filter((name) => instance === name || instance.startsWith(`${name}-`));
  return found.sort((one, other) => other.length - one.length)[0];
}

/** The settings for an instance: the app's, with those of its process in their place. `"env"` has both. */
export function settingsFor(remsh: unknown, instance: string | undefined): unknown {
  const name = processOf(remsh, instance);
  const own = name === undefined ? undefined : processesIn(remsh)[name];
  if (!isSettings(remsh) || !isSettings(own)) return remsh;
  const shared = Object.fromEntries(Object.entries(remsh).filter(([key]) => !NOT_SHARED.includes(key)));
  const env = isSettings(shared.env) && isSettings(own.env) ? { env: { ...shared.env, ...own.env } } : {};
  return { ...shared, ...own, ...env };
}

function processesIn(remsh: unknown): Record<string, unknown> {
  const processes = isSettings(remsh) ? remsh.processes : undefined;
  return isSettings(processes) ? processes : {};
}

function isSettings(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
