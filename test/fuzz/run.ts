// `npm run fuzz -- [--inputs 20000] [--seed 1]`: sends an agent what no client would, and checks that the app is
// unharmed. A failing input is reduced as far as possible and printed, with the seed and the path that send it again
// (--path).
import { strict as assert } from "node:assert";
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { connect } from "remsh/client";
import { freePort } from "../../examples/free-port.ts";
import { removeTemporary, startApp, type App } from "../end-to-end/processes.ts";
import { httpSession, webSocketSession } from "./inputs.ts";
import { overHttp, overWebSocket } from "./sessions.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    path: { type: "string" },
  },
});
const wanted = Number(values.inputs);
const seed = Number(values.seed);

const healthPort = await freePort();
const app = await startApp("shop.mjs", { env: { REMSH_HEALTH_PORT: String(healthPort) } });
const counts = { webSocket: 0, http: 0, inputs: 0 };
const before = await use(app);
let failed = 0;
try {
  for (let round = 0; counts.inputs < wanted; round++) await oneRound(seed + round);
  await eventuallyIdle();
} catch (error) {
  failed = 1;
  console.error(error instanceof Error ? error.message : error);
}
const after = await use(app).catch(() => undefined);
console.log(
  `seed ${seed}, Node ${process.versions.node}: ${counts.webSocket} WebSocket and ${counts.http} HTTP sessions`,
);
console.log(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
await app.stop();
removeTemporary();
console.log(`${counts.inputs - failed} passed, ${failed} failed`);
process.exitCode = failed;

/** Sends some thousands of inputs, then checks the app. */
async function oneRound(roundSeed: number): Promise<void> {
  // Reducing a failing input stops after a while; the smallest one found by then is printed.
  const options = {
    seed: roundSeed,
    numRuns: 100,
    interruptAfterTimeLimit: 30_000,
    ...(values.path !== undefined && { path: values.path }),
  };
  await fc.assert(
    fc.asyncProperty(webSocketSession, async (inputs) => {
      counts.webSocket++;
      counts.inputs += inputs.length;
      await overWebSocket(app.socket, inputs);
    }),
    options,
  );
  await fc.assert(
    fc.asyncProperty(httpSession, fc.boolean(), async (session, isProbe) => {
      counts.http++;
      counts.inputs++;
      await overHttp(isProbe ? healthPort : app.socket, session);
    }),
    options,
  );
  await assertUnharmed();
}

async function assertUnharmed(): Promise<void> {
  const client = await app.connect();
  assert.equal((await client.ping()).status, "ok");
  assert.equal(await client.call("Release.add", [1, 2]), 3);
  await client.close();
  assert.equal(app.child.exitCode, null, app.output.stderr);
  assert(!app.output.stderr.includes("RemshWarning"), app.output.stderr);
  const page = await fetch(`http://127.0.0.1:${app.port}/`);
  assert.equal(await page.text(), "hello\n");
}

/** Waits until no run and no descriptor of the sessions is left. */
async function eventuallyIdle(): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { runs, descriptors } = await use(app);
    if (runs === 0 && descriptors <= before.descriptors + 2) return;
    assert(tries < 300, `${runs} runs are left, and ${descriptors} descriptors of ${before.descriptors}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function use({ pid, socket }: App): Promise<{ descriptors: number; rssMiB: number; runs: number }> {
  const client = await connect({ socket });
  const [{ rssBytes }, runs] = await Promise.all([client.ping(), client.runs()]);
  await client.close();
  const descriptors = process.platform === "linux" ? readdirSync(`/proc/${pid}/fd`).length : 0;
  return { descriptors, rssMiB: Math.round(rssBytes / 1024 / 1024), runs: runs.length };
}
