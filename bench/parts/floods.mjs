// Measures what floods cost the app: its own HTTP, its event loop and its memory, before and during each flood, and its
// memory half a minute later. `REMSH_BENCH_FLOODS=calls,runs` runs only these.
import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "../child.mjs";
import { FLOODS } from "../floods/kinds.mjs";
import { residentBytes } from "../floods/resident.mjs";
import { watchApp } from "../floods/watch.mjs";
import { median, repeat } from "../statistics.mjs";
import { mib, ms, table } from "../table.mjs";

const ROUNDS = 3;
const SETTLE_MS = 1500;
const WINDOW_MS = 2000;
const FLOOD_MS = 3000;
const AFTER_MS = 30_000;

const P99_MORE_MS = 5;
const DELAY_MS = 50;
const MEMORY_MORE = 128 * 1024 * 1024;
const MEMORY_LEFT = 16 * 1024 * 1024;

/** Measures and returns the part's text. */
export async function measure() {
  const chosen = process.env.REMSH_BENCH_FLOODS?.split(",") ?? Object.keys(FLOODS);
  const rows = [];
  // Measures the machine itself when two more processes want a core. No flood can be cheaper than that.
  const kinds = ["none", ...chosen];
  const measured = await repeat(kinds.length, (index) => measureKind(kinds[index]));
  const seen = await Promise.all(
    measured.map(async ({ apps, left }, index) => figuresOf(kinds[index], apps, await left)),
  );
  const [control] = seen;
  for (const figures of seen) rows.push(rowOf(figures, control));
  const load = os.loadavg()[0].toFixed(1);
  const heading = [
    `Floods: ${FLOOD_MS / 1000} s each, medians of ${ROUNDS} apps, memory of the worst; before → during; load ${load}`,
    `Targets: p99 at most ${P99_MORE_MS} ms more and loop delay at most ${DELAY_MS} ms, or what two busy processes cost (the first row);`,
    `memory at most ${mib(MEMORY_MORE)} above the start, and within ${mib(MEMORY_LEFT)} of it ${AFTER_MS / 1000} s later`,
  ].join("\n");
  const columns = [
    "flood",
    "p99 of the app's HTTP",
    "most loop delay",
    "main thread",
    "memory at the start",
    "most",
    "later",
    "missed",
  ];
  return table(heading, columns, rows);
}

/** Resolves when the floods are over. The apps wait out their half minute beside those of the next kind. */
async function measureKind(kind) {
  const apps = await repeat(ROUNDS, () => floodOne(kind));
  return { apps, left: Promise.all(apps.map(leftOf)) };
}

async function leftOf({ app, pid }) {
  await sleep(AFTER_MS);
  const later = residentBytes(pid);
  app.end();
  return later;
}

async function floodOne(kind) {
  const app = new Child("flooded");
  const { socket, port, pid } = await app.ask("start");
  await watchApp({ port, pid }, SETTLE_MS); // warms both up
  const start = residentBytes(pid);
  const before = await windowOf(app, { port, pid }, WINDOW_MS);
  const attackers = kind === "none" ? [new Child("busy"), new Child("busy")] : [new Child("flooder")];
  await Promise.all(attackers.map((one) => one.ask("flood", { kind, socket })));
  const during = await windowOf(app, { port, pid }, FLOOD_MS);
  for (const one of attackers) one.end();
  return { app, pid, start, before, during };
}

async function windowOf(app, place, forMs) {
  await app.ask("startDelay");
  const seen = await watchApp(place, forMs);
  return { ...seen, delay: await app.ask("delay") };
}

function figuresOf(kind, apps, left) {
  const middle = (window, what) => median(apps.map((app) => app[window][what]));
  const pair = (what) => ({ before: middle("before", what), during: middle("during", what) });
  const start = median(apps.map((app) => app.start));
  const peak = Math.max(...apps.map(({ during }) => during.peak));
  return { kind, p99: pair("p99"), delay: pair("delay"), used: pair("used"), start, peak, later: Math.max(...left) };
}

function rowOf({ kind, p99, delay, used, start, peak, later }, control) {
  const more = ({ before, during }) => during - before;
  const missed = [
    more(p99) > P99_MORE_MS + Math.max(0, more(control.p99)) && "p99",
    delay.during > Math.max(DELAY_MS, delay.before, control.delay.during) && "delay",
    peak - start > MEMORY_MORE && "memory",
    later - start > MEMORY_LEFT && "later",
  ];
  const percent = (share) => `${(share * 100).toFixed(0)} %`;
  return [
    FLOODS[kind]?.what ?? "no flood: two processes that keep a core each busy",
    ...[p99, delay].map(({ before, during }) => `${ms(before)} → ${ms(during)}`),
    `${percent(used.before)} → ${percent(used.during)}`,
    ...[start, peak, later].map(mib),
    missed.filter(Boolean).join(", ") || "none",
  ];
}
