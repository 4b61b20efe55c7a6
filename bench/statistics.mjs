// Summarises many measurements.

/** The middle one, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The value that this share (0 to 1) of all values does not exceed. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** The median of the ratios of pairs measured one after the other. A slow machine slows both values of a pair. */
export function pairedRatio(values, others) {
  return median(values.map((value, index) => value / others[index]));
}

/** Calls `step` for each number below `count`, one after the other, and collects the results. */
export async function repeat(count, step) {
  const results = [];
  for (let index = 0; index < count; index++) results.push(await step(index));
  return results;
}
