// Measures calls beside other libraries that carry calls over a Unix socket. Each server and each client is a separate
// process, and all take turns, so that a slow machine slows all of them.
import path from "node:path";
import { Child, directory } from "../child.mjs";
import { median, pairedRatio, repeat } from "../statistics.mjs";
import { micros, perSecond, table, times, verdict } from "../table.mjs";

const PEERS = ["remsh", "ws-echo", "capnweb", "birpc", "vscode-jsonrpc", "grpc-js"];
const SLOWER = ["capnweb", "vscode-jsonrpc", "grpc-js"];
const ROUNDS = 11;
const IN_FLIGHT = 64;
const TURN = { limitMs: 200, inFlight: IN_FLIGHT };
const ECHO_LIMIT = 2.5;

/** Measures and returns the part's text. */
export async function measure() {
  const callers = await Promise.all(PEERS.map(start));
  await round(callers, 0); // warms the code up
  const rounds = await repeat(ROUNDS, (index) => round(callers, index));
  const columns = ["over a Unix socket", "p50", "p99", "remsh's p50", "calls/s", "remsh's calls/s"];
  const heading = `Calls, medians of ${ROUNDS} interleaved rounds: one in flight, and ${IN_FLIGHT} in flight`;
  return `${table(
    heading,
    columns,
    PEERS.map((peer) => row(peer, rounds)),
  )}\n\n${targets(rounds)}`;
}

async function start(peer) {
  const socket = path.join(directory, `${peer}.sock`);
  await new Child("server").ask("serve", { peer, socket });
  const caller = new Child("caller");
  await caller.ask("connect", { peer, socket });
  return caller;
}

/** Every peer takes its turn, each time in another order. */
async function round(callers, index) {
  const results = {};
  for (let turn = 0; turn < PEERS.length; turn++) {
    const place = (index + turn) % PEERS.length;
    const { p50, p99 } = await callers[place].ask("latency", TURN);
    results[PEERS[place]] = { p50, p99, calls: await callers[place].ask("throughput", TURN) };
  }
  return results;
}

function row(peer, rounds) {
  const of = (what) => median(rounds.map((results) => results[peer][what]));
  const ratios = ["p50", "calls"].map((what) => (peer === "remsh" ? "" : times(ratioTo(peer, what, rounds))));
  return [peer, micros(of("p50")), micros(of("p99")), ratios[0], perSecond(of("calls")), ratios[1]];
}

function targets(rounds) {
  const echo = ratioTo("ws-echo", "p50", rounds);
  const rows = [
    ["p50 to ws-echo", times(echo), ...verdict(`at most ${times(ECHO_LIMIT)}`, echo <= ECHO_LIMIT)],
    ...SLOWER.map((peer) => {
      const ratio = ratioTo(peer, "p50", rounds);
      return [`p50 to ${peer}`, times(ratio), ...verdict("below 1 x", ratio < 1)];
    }),
    ...["birpc", ...SLOWER].map((peer) => {
      const ratio = ratioTo(peer, "calls", rounds);
      return [`calls/s to ${peer}`, times(ratio), ...verdict("above 1 x", ratio > 1)];
    }),
  ];
  return table("Targets, as medians of the ratios of each round", ["remsh's", "ratio", "target", "verdict"], rows);
}

function ratioTo(peer, what, rounds) {
  return pairedRatio(...["remsh", peer].map((name) => rounds.map((results) => results[name][what])));
}
