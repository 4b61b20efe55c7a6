// Measures what a steady load of calls does to the host's event loop, in alternating windows without and with it.
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "../child.mjs";
import { median, repeat } from "../statistics.mjs";
import { ms, table } from "../table.mjs";

const WINDOWS = 3;
const WINDOW_MS = 2000;
const CALLS_PER_SECOND = 1000;

/** Measures and returns the part's text. */
export async function measure() {
  const app = new Child("app");
  const caller = new Child("caller");
  const { socket } = await app.ask("startAgent");
  await caller.ask("connect", { peer: "remsh", socket });
  const load = () => caller.ask("rate", { limitMs: WINDOW_MS, perSecond: CALLS_PER_SECOND });
  await load(); // warms the code up
  const windows = await repeat(WINDOWS, async () => ({
    idle: await windowOf(app, () => sleep(WINDOW_MS)),
    loaded: await windowOf(app, load),
  }));
  const rows = [
    ["no calls", ...cells(windows.map((window) => window.idle))],
    [`${CALLS_PER_SECOND.toLocaleString("en")} calls/s`, ...cells(windows.map((window) => window.loaded))],
  ];
  const heading = `Event-loop delay of the host (a timer of 1 ms), medians of ${WINDOWS} windows of ${WINDOW_MS / 1000} s`;
  return table(heading, ["load", "p50", "p99", "loop active"], rows);
}

async function windowOf(app, meanwhile) {
  await app.ask("startDelay");
  await meanwhile();
  return app.ask("delay");
}

function cells(windows) {
  const of = (what) => median(windows.map((window) => window[what]));
  return [ms(of("p50")), ms(of("p99")), `${(of("utilization") * 100).toFixed(1)} %`];
}
