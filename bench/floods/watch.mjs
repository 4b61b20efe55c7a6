// Measures from outside what a flood does to an app: how long its own HTTP server takes, and how much memory it has.
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../statistics.mjs";
import { mainThreadCpuMs } from "../processes/usage.mjs";
import { residentBytes } from "./resident.mjs";

/**
 * A request is sent at this interval, whether or not the last one was answered: one that hangs must not hide the next.
 */
const EACH_MS = 10;
/** A request without an answer counts as one that took this long. */
const PATIENCE_MS = 10_000;

/**
 * Watches for this time. Resolves to the p99 in milliseconds, the most memory in bytes, and the share of a core that
 * the app's main thread used.
 */
export async function watchApp({ port, pid }, forMs) {
  const agent = new http.Agent({ keepAlive: true });
  const answers = [];
  let peak = residentBytes(pid);
  const usedBefore = mainThreadCpuMs(pid);
  const startedAt = performance.now();
  const end = performance.now() + forMs;
  for (let next = performance.now(); next < end; next += EACH_MS) {
    answers.push(ask(port, agent));
    peak = Math.max(peak, residentBytes(pid));
    await sleep(Math.max(0, next + EACH_MS - performance.now()));
  }
  const times = await Promise.all(answers);
  agent.destroy();
  const used = (mainThreadCpuMs(pid) - usedBefore) / (performance.now() - startedAt);
  return { used, p99: percentile(times, 0.99), peak: Math.max(peak, residentBytes(pid)) };
}

function ask(port, agent) {
  return new Promise((resolve) => {
    const sentAt = performance.now();
    const took = () => resolve(performance.now() - sentAt);
    const request = http.get({ host: "127.0.0.1", port, agent, timeout: PATIENCE_MS }, (response) => {
      response.resume().on("end", took);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(PATIENCE_MS));
  });
}
