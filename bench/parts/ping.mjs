// Measures how fast an app answers pings while its main thread is idle, busy, and in an endless loop.
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "../child.mjs";
import { percentile, repeat } from "../statistics.mjs";
import { ms, table, verdict } from "../table.mjs";

/** All ways take turns. /readyz asks the main thread, unless that is stalled. */
const WAYS = { ping: "ping", livez: "GET /livez", readyz: "GET /readyz" };
const TURNS = 5;
const PINGS = 200;
const BLOCKED_LIMIT_MS = 20;
const STATES = [
  { name: "idle", begin: () => {} },
  { name: "busy in 10 ms slices", begin: (app) => app.ask("busy") },
  { name: "blocked", begin: (app) => app.ask("block"), limitMs: BLOCKED_LIMIT_MS },
];

/** Measures and returns the part's text. */
export async function measure() {
  const app = new Child("app");
  const pinger = new Child("pinger");
  await pinger.ask("connect", await app.ask("startAgent"));
  await turn(pinger); // warms the code up
  const rows = [];
  for (const state of STATES) {
    await state.begin(app);
    await sleep(300);
    rows.push(...stateRows(state, await repeat(TURNS, () => turn(pinger))));
  }
  const heading = `Ping, ${TURNS * PINGS} each: the library's over its WebSocket, GET over a new connection`;
  return table(heading, ["the app's main thread", "way", "p50", "p99", "target", "verdict"], rows);
}

async function turn(pinger) {
  const took = {};
  for (const way of Object.keys(WAYS)) took[way] = await pinger.ask(way, { count: PINGS });
  return took;
}

function stateRows({ name, limitMs }, turns) {
  return Object.entries(WAYS).map(([way, title]) => {
    const took = turns.flatMap((one) => one[way]);
    const p99 = percentile(took, 0.99);
    const target = limitMs === undefined ? [] : verdict(`p99 below ${limitMs} ms`, p99 < limitMs);
    return [name, title, ms(percentile(took, 0.5)), ms(p99), ...target];
  });
}
