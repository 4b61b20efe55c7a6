// Pings an agent in both possible ways: with the library's ping over its WebSocket, and with GET /livez and /readyz as
// a probe sends them, each time over a new connection.
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../dist/client.js";
import { answerParent } from "./parent.mjs";

/** Long enough for the pings to arrive at different moments of the app. */
const PAUSE_MS = 1;

let client;
let socketPath;

answerParent({
  connect: async ({ socket }) => {
    socketPath = socket;
    client = await connect({ socket });
  },
  ping: ({ count }) => measure(count, () => client.ping()),
  livez: ({ count }) => measure(count, () => probe("/livez")),
  readyz: ({ count }) => measure(count, () => probe("/readyz")),
});

async function measure(count, ask) {
  const took = [];
  for (let index = 0; index < count; index++) {
    const before = performance.now();
    await ask();
    took.push(performance.now() - before);
    await sleep(PAUSE_MS);
  }
  return took;
}

function probe(path) {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath, path, agent: false }, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    request.on("error", reject);
  });
}
