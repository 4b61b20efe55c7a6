// What starting the agent takes from an app that already serves HTTP: importing "remsh" and awaiting startAgent.
import { Child } from "../child.mjs";
import { median, repeat } from "../statistics.mjs";
import { ms, table, verdict } from "../table.mjs";

const STARTS = 15;
const LIMIT_MS = 15;

/** Measures and returns the part's text. */
export async function measure() {
  const starts = await repeat(STARTS, start);
  const of = (what) => median(starts.map((one) => one[what]));
  const rows = [
    [
      "main thread's event loop active",
      ms(of("activeMs")),
      ...verdict(`below ${LIMIT_MS} ms`, of("activeMs") < LIMIT_MS),
    ],
    ["main thread on a CPU", ms(of("cpuMs"))],
    ["until it listens", ms(of("readyMs"))],
  ];
  return table(`Start-up, medians of ${STARTS} processes`, ["what the agent adds", "time", "target", "verdict"], rows);
}

async function start() {
  const app = new Child("app");
  const costs = await app.ask("startAgent");
  app.end();
  return costs;
}
