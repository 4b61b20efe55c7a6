// Calls one of peers/ and measures: one call in flight, many in flight, a number of calls, a rate.
import { setTimeout as sleep } from "node:timers/promises";
import { percentile } from "../statistics.mjs";
import { answerParent } from "./parent.mjs";

const TEXT = "hello from the bench";
let call;

answerParent({
  connect: async ({ peer, socket }) => {
    const { connect } = await import(`../peers/${peer}.mjs`);
    call = await connect(socket);
    if ((await call(TEXT)) !== TEXT) throw new Error(`${peer} does not return what it was given`);
  },
  latency: async ({ limitMs }) => latency(limitMs),
  throughput: async ({ limitMs, inFlight }) => {
    const startedAt = performance.now();
    const done = await callInLanes(inFlight, () => performance.now() - startedAt < limitMs);
    return (done / (performance.now() - startedAt)) * 1000;
  },
  calls: async ({ count, inFlight }) => {
    let left = count;
    return callInLanes(inFlight, () => left-- > 0);
  },
  rate: async ({ limitMs, perSecond }) => callAtRate(limitMs, perSecond),
});

async function latency(limitMs) {
  const took = [];
  const end = performance.now() + limitMs;
  for (let now = performance.now(); now < end;) {
    await call(TEXT);
    const after = performance.now();
    took.push(after - now);
    now = after;
  }
  return { p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

/** Keeps `lanes` calls in flight as long as `more` returns true; resolves to the number of calls. */
async function callInLanes(lanes, more) {
  let done = 0;
  const lane = async () => {
    while (more()) {
      await call(TEXT);
      done++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}

/** Spreads the calls over each second. The next calls make up for a late one. */
async function callAtRate(limitMs, perSecond) {
  const startedAt = performance.now();
  const calls = [];
  for (let elapsedMs = 0; elapsedMs < limitMs; elapsedMs = performance.now() - startedAt) {
    while (calls.length < (elapsedMs / 1000) * perSecond) calls.push(call(TEXT));
    await sleep(1);
  }
  await Promise.all(calls);
  return calls.length;
}
