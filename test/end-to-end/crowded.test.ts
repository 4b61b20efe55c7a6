// Others in front of the door: whoever sends nothing, or half of something, keeps no operator and no probe out.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";
import { callOf, openBare, openRaw, type RawSocket } from "./raw.ts";

let app: App;
let healthPort: number;
beforeAll(async () => {
  healthPort = await freePort();
  app = await startApp("shop.mjs", { env: { REMSH_HEALTH_PORT: String(healthPort) } });
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function probe(): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${healthPort}/livez`);
  return response.text();
}

test("connections that send nothing do not hold the health port", async () => {
  await eventually(async () => (await probe().catch(() => "")) === "ok\n", "the health port answers");
  const silent: Socket[] = [];
  for (let index = 0; index < 64; index++) {
    const socket = connect(healthPort, "127.0.0.1").on("error", () => {}); // it has to make room
    await once(socket, "connect");
    silent.push(socket);
  }
  for (let index = 0; index < 5; index++) expect(await probe()).toBe("ok\n");
  for (const socket of silent) socket.destroy();
});

test("bodies that are half sent do not hold the agent's socket", async () => {
  const half: Socket[] = [];
  for (let index = 0; index < 300; index++) {
    const socket = await openBare(app);
    socket.write("POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
    half.push(socket);
  }
  expect(await app.remsh("ping")).toMatchObject({ stdout: "pong\n", code: 0 });
  for (const socket of half) socket.destroy();
});

test("requests sent one after the other on one connection are one connection's", async () => {
  const socket = await openBare(app);
  let answer = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
  const body = JSON.stringify(callOf(1, "Job.wait", { args: [{ ms: 1_000 }] }));
  const one = `POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  socket.write(one.repeat(1000));
  const client = await app.connect();
  await eventually(async () => (await client.runs()).length > 0, "they have begun");
  expect((await client.runs()).length).toBeLessThanOrEqual(128);
  await eventually(() => answer.includes('"result"'), "the first is answered");
  socket.destroy();
  await client.close();
});

/** Takes every place with a call that lasts. */
async function crowd(crowded: App): Promise<RawSocket[]> {
  const open = await Promise.all(Array.from({ length: 256 }, () => openRaw(crowded)));
  open.forEach((raw, index) => raw.send(callOf(1, "Job.wait", { args: [{ ms: 600_000 }], run: `long-${index}` })));
  const waiting = async () => (await crowded.remsh("runs", "--json")).stdout.split('"long-').length - 1;
  await eventually(async () => (await waiting()) === 256, "all wait");
  return open;
}

test("256 WebSockets that each wait for a long call keep no operator out", async () => {
  const open = await crowd(app);
  expect(await app.remsh("ping", "--ready")).toMatchObject({ code: 0 });
  expect(await app.remsh("status")).toMatchObject({ code: 0 });
  const refused = await app.remsh("rpc", "Release.add", "1", "2");
  expect(refused).toMatchObject({ stdout: "", stderr: expect.stringContaining("all are busy") as string, code: 75 });
  expect(await app.remsh("cancel", "long-0")).toMatchObject({ code: 0 });
  await Promise.all(open.map((raw) => raw.close()));
});

test("256 WebSockets that each wait for a long call do not keep stop out: it ends their runs and the app", async () => {
  const crowded = await startApp("shop.mjs");
  const open = await crowd(crowded);
  expect(await crowded.remsh("stop", "--timeout", "20s")).toEqual({ stdout: "", stderr: "", code: 0 });
  const answers = await Promise.all(open.map((raw) => raw.response(1)));
  for (const { error } of answers) expect(error?.data).toMatchObject({ code: "CANCELLED", state: "stopped" });
  await crowded.finished;
  await Promise.all(open.map((raw) => raw.close()));
});
