// Measures what starting the agent costs an app that already serves HTTP: importing "remsh" and awaiting startAgent.
import { Child } from "../child.mjs";
import { median, repeat } from "../statistics.mjs";
import { ms, table, verdict } from "../table.mjs";

const STARTS = 15;
const LIMIT_MS = 15;

/** Measures and returns the part's text. */
export async function measure() {
  const starts = await repeat(STARTS, start);
  const of = (what) => median(starts.map((one) => one[what]));
  // Preferred if the system counts CPU by thread: the loop's active time includes the waits for a CPU that other
  // processes use.
  const judged = Number.isNaN(of("cpuMs")) ? "activeMs" : "cpuMs";
  const row = (name, what) => {
    const reached = what === judged ? verdict(`below ${LIMIT_MS} ms`, of(what) < LIMIT_MS) : [];
    return [name, ms(of(what)), ...reached];
  };
  const rows = [
    row("main thread on a CPU", "cpuMs"),
    row("main thread's event loop active", "activeMs"),
    row("until it listens", "readyMs"),
  ];
  return table(`Start-up, medians of ${STARTS} processes`, ["what the agent adds", "time", "target", "verdict"], rows);
}

async function start() {
  const app = new Child("app");
  const costs = await app.ask("startAgent");
  app.end();
  return costs;
}
