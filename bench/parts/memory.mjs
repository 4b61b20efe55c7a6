// Measures what the agent adds to its host's resident memory: two HTTP servers side by side, one with the agent.
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "../child.mjs";
import { median, repeat } from "../statistics.mjs";
import { mib, table, verdict } from "../table.mjs";

const PAIRS = 7;
const SETTLE_MS = 1500;
const LIMIT_BYTES = 15 * 1024 * 1024;

/** Measures and returns the part's text. */
export async function measure() {
  const pairs = await repeat(PAIRS, pair);
  const of = (what) => median(pairs.map((one) => one[what]));
  const added = median(pairs.map((one) => one.agent - one.bare));
  const columns = ["resident memory", "without", "with the agent", "added", "target", "verdict"];
  const reached = verdict(`below ${mib(LIMIT_BYTES)}`, added < LIMIT_BYTES);
  const heading = `Memory, medians of ${PAIRS} pairs, ${SETTLE_MS / 1000} s after the start`;
  return table(heading, columns, [["HTTP server", mib(of("bare")), mib(of("agent")), mib(added), ...reached]]);
}

async function pair() {
  const [bare, agent] = [new Child("app"), new Child("app")];
  await Promise.all([bare.ask("memory"), agent.ask("startAgent")]);
  await sleep(SETTLE_MS);
  const result = { bare: await bare.ask("memory"), agent: await agent.ask("memory") };
  bare.end();
  agent.end();
  return result;
}
