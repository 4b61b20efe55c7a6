import { execFile } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, expect, onTestFinished, test, vi } from "vitest";
import type { Gateway } from "../../../agent/gateway/gateway.ts";
import { serveHealth } from "../../../agent/gateway/health.ts";
import { freePort } from "../../../examples/free-port.ts";
import {
  NODE,
  eventually,
  removeTemporary,
  startApp as startFixture,
  stop,
  temporaryDirectory,
  type Running,
} from "../../end-to-end/processes.ts";
import { makeProject } from "./project.ts";

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => stop(each, "SIGTERM")));
});
afterAll(removeTemporary);

/** `200 ok`, or what went wrong. */
function ask(port: number, target: string, { method = "GET", host = "127.0.0.1" } = {}): Promise<string> {
  return new Promise((resolve) => {
    const asking = request({ port, path: target, method, host }, (response) => {
      void text(response).then((body) => resolve(`${response.statusCode} ${body}`));
    });
    asking.on("error", (error) => resolve(error.message)).end();
  });
}

test("the health port says whether the app lives and is ready, and nothing else", async () => {
  const port = await freePort();
  const hooks = {
    "post_start/10": 'until [ -e "$REMSH_ROOT/go" ]; do sleep 0.05; done',
    "pre_stop/10": 'until [ -e "$REMSH_ROOT/end" ]; do sleep 0.05; done',
  };
  const { startShop, root, shop } = makeProject({ hooks });
  const started = startShop(["start"], { REMSH_HEALTH_PORT: String(port) });
  running.push(started);
  await eventually(async () => (await ask(port, "/livez")) === "200 ok\n", "it lives");
  expect(await ask(port, "/readyz")).toBe("503 starting\n");
  writeFileSync(path.join(root, "go"), "");
  await shop("ping", "--ready", "--wait", "20s");
  expect(await ask(port, "/readyz")).toBe("200 ready\n");
  for (const target of ["/", "/rpc", "/livez/", "/readyz?x=1"]) expect(await ask(port, target), target).toBe("404 ");
  expect(await ask(port, "/livez", { method: "POST" })).toBe("404 ");
  started.child.kill("SIGTERM");
  await eventually(async () => (await ask(port, "/readyz")) === "503 stopping\n", "it is not ready first");
  expect(await ask(port, "/livez")).toBe("200 ok\n");
  writeFileSync(path.join(root, "end"), "");
  expect((await started.finished).code).toBe(0);
  expect(await ask(port, "/livez")).toContain("ECONNREFUSED");
});

test("an event loop that does not turn is stalled there", async () => {
  const port = await freePort();
  const app = await startFixture("shop.mjs", { env: { REMSH_HEALTH_PORT: String(port) } });
  const blocked = app.remsh("rpc", "Job.block", "4000");
  await eventually(async () => (await ask(port, "/livez")) === "503 stalled\n", "it is stalled");
  expect(await ask(port, "/readyz")).toBe("503 stalled\n");
  await blocked;
  await app.stop();
});

test("a port that is taken costs a warning, and not the agent, which has it once it is free", async () => {
  const port = await freePort();
  const first = await startFixture("shop.mjs", { env: { REMSH_HEALTH_PORT: String(port) } });
  const second = await startFixture("shop.mjs", { env: { REMSH_HEALTH_PORT: String(port) } });
  await second.printed(`Cannot listen at the health port ${port}`);
  expect(await second.remsh("ping")).toMatchObject({ code: 0 });
  // Who gives the port back, as in a rolling restart on one host, leaves it to who waits for it.
  await first.stop();
  await eventually(async () => (await ask(port, "/livez")) === "200 ok\n", "the second answers");
  await second.stop();
  expect(second.output.stderr.match(/health port/g)).toHaveLength(1);
});

// On Linux every address of 127.0.0.0/8 is this machine's.
test.runIf(process.platform === "linux")(
  "the health port is open at every address, or at the one that is named",
  async () => {
    const ports = [await freePort(), await freePort()];
    for (const [index, env] of [{}, { REMSH_HEALTH_HOST: "127.0.0.1" }].entries()) {
      const port = ports[index] ?? 0;
      const app = await startFixture("shop.mjs", { env: { REMSH_HEALTH_PORT: String(port), ...env } });
      running.push(app);
      await eventually(async () => (await ask(port, "/livez")) === "200 ok\n", "it answers");
      expect(await ask(port, "/livez", { host: "127.0.0.2" })).toContain(index === 0 ? "200 ok" : "ECONNREFUSED");
    }
  },
);

test("an agent that closes waits for the port no more", async () => {
  const port = await freePort();
  const holder = createServer().listen(port);
  await once(holder, "listening");
  const app = await startFixture("closing.mjs", { env: { REMSH_HEALTH_PORT: String(port) } });
  await app.printed(`Cannot listen at the health port ${port}`);
  const threads = async (path: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${app.port}${path}`);
    return ((await response.json()) as { threads: number }).threads;
  };
  const before = await threads("/");
  expect(await threads("/close"), "the thread that waits has ended").toBeLessThan(before);
  await new Promise((resolve) => holder.close(resolve));
  expect(await ask(port, "/livez")).toContain("ECONNREFUSED");
  await app.stop();
});

test("a port that is taken is tried again, until the health port is closed", async () => {
  const holder = createServer().listen(0);
  await once(holder, "listening");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  onTestFinished(() => void holder.close());
  let end = () => {};
  await new Promise<string>((resolve) => {
    end = serveHealth({} as Gateway, { port: (holder.address() as AddressInfo).port }, resolve);
  });
  await new Promise(setImmediate);
  expect(vi.getTimerCount()).toBe(1);
  end();
  expect(vi.getTimerCount()).toBe(0);
});

test("an agent that cannot listen at its socket answers no probe either", async () => {
  const port = await freePort();
  const folder = temporaryDirectory();
  const program = `
    import { createServer, connect } from "node:net";
    import { once } from "node:events";
    import { startAgent } from ${JSON.stringify(new URL("../../../dist/agent.js", import.meta.url).href)};
    const socket = ${JSON.stringify(path.join(folder, "taken.sock"))};
    const taken = createServer().listen(socket);
    await once(taken, "listening");
    const settings = { app: "shop", version: "1.0.0", socket, healthPort: ${port}, tasks: { ok() {} }, required: true };
    console.log(await startAgent(settings).then(() => "started", (error) => error.code));
    // Its thread is ending. If it did not end, neither would this process.
    let code;
    while (code === undefined) {
      const asking = connect(${port}, "127.0.0.1");
      code = await once(asking, "connect").then(() => void asking.destroy(), (error) => error.code);
    }
    console.log(code);
    taken.close();
  `;
  const { stdout } = await promisify(execFile)(NODE, ["--input-type=module", "--eval", program], { timeout: 60_000 });
  expect(stdout).toBe("SEVERAL_INSTANCES\nECONNREFUSED\n");
});

test("a variable that Kubernetes makes of a Service's name is said to be one", async () => {
  const { startShop } = makeProject();
  const { stderr, code } = await startShop(["start"], { REMSH_HEALTH_PORT: "tcp://10.0.0.1:9000" }).finished;
  expect(code).toBe(78);
  expect(stderr).toContain(
    'Cannot open the health port "tcp://10.0.0.1:9000": it must be a whole number from 1 to 65535',
  );
  expect(stderr).toContain("for a Service that is called remsh-health");
});
