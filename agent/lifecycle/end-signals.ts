// Learns that the app was told to end, where nothing but a signal says so: a plain `kill`, or whatever started it. The agent
// handles no signal in the app's place. It listens beside the app's own listeners only, first, and takes its listener away
// before they hear: a signal does what it would do without the agent, also for code that counts the listeners.

/** Those by which whatever runs a server asks it to end. */
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Calls `told` at the first such signal that the app itself listens to; what it returns ends that. */
export function watchEndSignals(told: () => void): () => void {
  const ends = SIGNALS.map((signal) => watch(signal, told));
  return () => ends.forEach((end) => end());
}

function watch(signal: NodeJS.Signals, told: () => void): () => void {
  const hear = () => {
    process.off(signal, hear);
    told();
  };
  const isHeard = () => process.listeners(signal).includes(hear);
  const join = (name: string | symbol, listener: unknown) => {
    if (name === signal && listener !== hear && !isHeard()) process.prependListener(signal, hear);
  };
  const leave = (name: string | symbol) => {
    if (name === signal && process.listenerCount(signal) === 1 && isHeard()) process.off(signal, hear);
  };
  process.on("newListener", join).on("removeListener", leave);
  if (process.listenerCount(signal) > 0) process.prependListener(signal, hear);
  return () => process.off("newListener", join).off("removeListener", leave).off(signal, hear);
}
