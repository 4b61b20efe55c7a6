// Durations as people write them: 300ms, 30s, 5m, 2h.

/** The longest delay that Node's timers take: above it `setTimeout` fires at once. About 24.8 days. */
export const MAX_DURATION_MS = 2 ** 31 - 1;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads `300ms`, `1.5s`, `5m` or `2h` as milliseconds. `name` is its name in error sentences: `--wait`.
 *
 * @throws RangeError with one sentence when the text is not a duration or is longer than {@link MAX_DURATION_MS}.
 */
export function parseDuration(text: string, name = "the duration"): number {
  const fault = durationFault(text);
  if (fault !== undefined) throw new RangeError(`Cannot read ${name} "${text}": ${fault}`);
  return millisecondsOf(text);
}

/** Why the text is not a duration, or undefined when it is one. */
export function durationFault(text: string): string | undefined {
  const ms = millisecondsOf(text);
  if (Number.isNaN(ms)) return "write it as 300ms, 30s, 5m or 2h";
  return ms > MAX_DURATION_MS ? "the longest duration is 24 days" : undefined;
}

function millisecondsOf(text: string): number {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  return Math.round(Number(amount) * (UNITS[unit] ?? NaN));
}

/** Writes milliseconds for people: `0 ms`, `850 ms`, `12.4 s`, `5 m 3 s`, `2 h 5 m`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return pair([Math.floor(whole / 60), "m"], [whole % 60, "s"]);
  if (whole < 86_400) return pair([Math.floor(whole / 3600), "h"], [Math.floor((whole % 3600) / 60), "m"]);
  return pair([Math.floor(whole / 86_400), "d"], [Math.floor((whole % 86_400) / 3600), "h"]);
}

function pair(large: [number, string], small: [number, string]): string {
  return small[0] === 0 ? large.join(" ") : `${large.join(" ")} ${small.join(" ")}`;
}
