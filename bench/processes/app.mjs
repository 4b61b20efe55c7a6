// The host: an HTTP server that does nothing else, and the agent when it is asked to start it.
import { createServer } from "node:http";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { answerParent } from "./parent.mjs";
import { mainThreadCpuMs, snapshotBytes } from "./usage.mjs";

const BUSY_SLICE_MS = 10;
/** The loop that blocks the app ends after this time, in case no other process ends it. */
const BLOCKED_LIMIT_MS = 30_000;

let gateway;
let delay;
let load;

createServer((_request, response) => response.end("ok\n")).listen(0, "127.0.0.1");

answerParent({
  startAgent,
  watchGateway,
  memory: () => process.memoryUsage.rss(),
  heap: async () => {
    // Twice, because the second collection frees what the first one finalises.
    globalThis.gc();
    globalThis.gc();
    return { main: process.memoryUsage().heapUsed, gateway: await snapshotBytes(gateway) };
  },
  startDelay: () => {
    load = performance.eventLoopUtilization();
    delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
  },
  delay: () => {
    delay.disable();
    const { utilization } = performance.eventLoopUtilization(load);
    return { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, utilization };
  },
  busy: () => void setImmediate(beBusy),
  block: () => void setTimeout(() => spin(BLOCKED_LIMIT_MS), 50),
});

/** Imports and starts the agent; resolves to its cost. */
async function startAgent() {
  const before = { now: performance.now(), load: performance.eventLoopUtilization(), cpuMs: mainThreadCpuMs() };
  const { startAgent: start } = await import("../../dist/agent.js");
  const tasks = { Bench: { empty() {}, echo: (text) => text } };
  const { socket } = await start({ app: "bench", version: "1.0.0", tasks, required: true });
  return {
    socket,
    readyMs: performance.now() - before.now,
    activeMs: performance.eventLoopUtilization(before.load).active,
    cpuMs: mainThreadCpuMs() - before.cpuMs,
  };
}

/** Keeps a reference to the worker that `startAgent` will create, so that its heap can be examined. */
function watchGateway() {
  const threads = createRequire(import.meta.url)("node:worker_threads");
  const { Worker } = threads;
  threads.Worker = function (...args) {
    gateway = new Worker(...args);
    return gateway;
  };
  syncBuiltinESMExports();
}

function beBusy() {
  spin(BUSY_SLICE_MS);
  setImmediate(beBusy);
}

function spin(limitMs) {
  const end = performance.now() + limitMs;
  while (performance.now() < end);
}
