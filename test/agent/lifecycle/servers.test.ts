import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import inspector from "node:inspector";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, afterEach, expect, test } from "vitest";
import { addressText, Servers } from "../../../agent/lifecycle/servers.ts";

const folder = mkdtempSync(path.join(tmpdir(), "rs-"));
afterAll(() => rmSync(folder, { recursive: true }));

const open: { close: () => unknown }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

/** What this process already listens at, such as the test runner's own port, is no app's. */
function watch(): Servers {
  return new Servers(true);
}

async function listen(server: net.Server, where: net.ListenOptions = { port: 0, host: "127.0.0.1" }): Promise<string> {
  server.listen(where);
  await once(server, "listening");
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  return addressText(server.address() ?? "");
}

function next(servers: Servers): Promise<void> {
  return new Promise((resolve) => (servers.changed = resolve));
}

function texts({ listening }: Servers): string[] {
  return listening.map(({ address }) => addressText(address));
}

test.each([
  ["http", () => http.createServer()],
  ["net", () => net.createServer()],
  ["http2", () => http2.createServer()],
])("a server of %s counts when it listens, at whatever address", async (_name, create) => {
  const servers = watch();
  const wheres = [{ port: 0, host: "127.0.0.1" }, { port: 0 }, { path: path.join(folder, "s.sock") }];
  const expected: string[] = [];
  for (const where of wheres) {
    const changed = next(servers);
    expected.push(await listen(create(), where));
    await changed;
  }
  expect(texts(servers)).toEqual(expected);
  expect(expected[2]).toBe(path.join(folder, "s.sock"));
});

test("a server that closes and listens again counts only while it listens", async () => {
  const servers = watch();
  const server = http.createServer();
  const changed = next(servers);
  await listen(server);
  await changed;
  expect(texts(servers)).toHaveLength(1);
  await open.pop()?.close();
  expect(texts(servers)).toEqual([]);
  const again = next(servers);
  const where = await listen(server);
  await again;
  expect(texts(servers)).toEqual([where]);
});

test("a server that only looks for a free port does not count", async () => {
  const servers = watch();
  const changed = next(servers);
  const server = net.createServer();
  const seen: string[][] = [];
  server.listen(0, "127.0.0.1", () => {
    seen.push(texts(servers));
    server.close();
  });
  await changed;
  expect([...seen, texts(servers)]).toEqual([[], []]);
});

test("a listen that fails says why, until another succeeds", async () => {
  const servers = watch();
  const first = net.createServer();
  await listen(first);
  const { port } = first.address() as AddressInfo;
  const second = net.createServer().listen(port, "127.0.0.1");
  await once(second, "error");
  expect(servers.failure).toBe(`listen EADDRINUSE: address already in use 127.0.0.1:${port}`);
  await listen(second);
  expect(servers.failure).toBeUndefined();
});

test("what listened before the preload does not count; for startAgent it does", async () => {
  const server = http.createServer();
  const where = await listen(server);
  expect(texts(watch())).not.toContain(where);
  expect(texts(new Servers(false))).toContain(where);
});

test.runIf(process.platform === "linux")("a server in a worker thread counts", async () => {
  const servers = watch();
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
    const server = require("node:http").createServer().listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  open.push({ close: () => worker.terminate() });
  const [port] = (await once(worker, "message")) as [number];
  expect(texts(servers)).toEqual([`127.0.0.1:${port}`]);
  expect(servers.listensAt(port)).toBe(true);
});

test("neither the agent's health port nor the inspector's counts", async () => {
  const servers = watch();
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads");
    const server = require("node:http").createServer().listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  open.push({ close: () => worker.terminate() });
  const [port] = (await once(worker, "message")) as [number];
  inspector.open(0, "127.0.0.1");
  open.push({ close: () => inspector.close() });
  servers.healthPort = port;
  expect(texts(servers)).toEqual([]);
  expect(servers.listensAt(port)).toBe(false);
});

test("a UDP socket counts for its port only: whether it serves cannot be seen", async () => {
  const servers = watch();
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  open.push(socket);
  await once(socket, "listening");
  expect(texts(servers)).toEqual([]);
  expect(servers.listensAt(socket.address().port)).toBe(true);
});

test("nothing that the app can see of a server is changed", async () => {
  const before = whatIsSeen(http.createServer());
  const servers = watch();
  const server = http.createServer();
  const changed = next(servers);
  await listen(server);
  await changed;
  expect(servers.listening).toHaveLength(1);
  expect(whatIsSeen(http.createServer())).toEqual(before);
  expect(["close", "error", "request", "listening"].map((event) => server.listenerCount(event))).toEqual([0, 0, 0, 1]);
});

/** A server's properties and listeners, and the code of its methods. */
function whatIsSeen(server: http.Server): unknown {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(net.Server.prototype));
  return [Object.keys(server), server.eventNames(), methods.map(([name, { value }]) => [name, String(value)])];
}
