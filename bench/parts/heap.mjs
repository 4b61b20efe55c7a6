// Measures whether calls leave anything behind: the live objects on both threads' heaps after some calls, and after
// 100,000 more.
import { Child } from "../child.mjs";
import { mib, table, verdict } from "../table.mjs";

const WARM_UP = 10_000;
const CALLS = 100_000;
const IN_FLIGHT = 64;
/** Code is still compiled in between, and leaves its own traces. A leak of 2 bytes per call would exceed this. */
const LIMIT_BYTES = 200_000;

/** Measures and returns the part's text. */
export async function measure() {
  const [before, after] = await heaps();
  const [rssBefore, rssAfter] = await residentMemory();
  const rows = [
    [...growth("main thread's heap", before.main, after.main), ...verdictOf(after.main - before.main)],
    [...growth("gateway's heap", before.gateway, after.gateway), ...verdictOf(after.gateway - before.gateway)],
    growth("resident memory", rssBefore, rssAfter),
  ];
  const total = (WARM_UP + CALLS).toLocaleString("en");
  const columns = ["after garbage collection", `${WARM_UP.toLocaleString("en")} calls`, `${total} calls`, "growth"];
  return table("What calls leave behind", [...columns, "target", "verdict"], rows);
}

function heaps() {
  return afterCalls({ execArgv: ["--expose-gc"], watch: true }, (app) => app.ask("heap"));
}

/** In a separate process: a heap snapshot takes more memory than all the calls, and does not give it back. */
function residentMemory() {
  return afterCalls({}, (app) => app.ask("memory"));
}

async function afterCalls({ watch = false, ...options }, look) {
  const app = new Child("app", options);
  const caller = new Child("caller");
  if (watch) await app.ask("watchGateway");
  const { socket } = await app.ask("startAgent");
  await caller.ask("connect", { peer: "remsh", socket });
  const states = [];
  for (const count of [WARM_UP, CALLS]) {
    await caller.ask("calls", { count, inFlight: IN_FLIGHT });
    states.push(await look(app));
  }
  app.end();
  caller.end();
  return states;
}

function growth(name, before, after) {
  return [name, mib(before), mib(after), `${Math.round((after - before) / 1024)} KiB`];
}

function verdictOf(bytes) {
  return verdict(`below ${LIMIT_BYTES / 1000} kB`, bytes < LIMIT_BYTES);
}
