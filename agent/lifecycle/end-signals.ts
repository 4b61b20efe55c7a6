// Notices that the app was told to end when only a signal says so, as from a plain `kill`. The agent never handles a
// signal in the app's place. It listens only if the app does, runs first, and removes its listener before the app's
// listeners run. So a signal has the same effect as without the agent, even for code that counts the listeners.

/** The signals by which process managers ask a server to end. */
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** Calls `told` at the first such signal that the app itself listens to. The returned function ends this. */
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
