// An app that a debugger holds at a breakpoint: commands that only ask leave it there, and say so.
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";

let app: App;
let inspector: WebSocket;
/** The debugger's events. */
const events: string[] = [];

beforeAll(async () => {
  app = await startApp("shop.mjs", { nodeArgs: ["--inspect=127.0.0.1:0"] });
  const [url = ""] = /ws:\/\/\S+/.exec(app.output.stderr) ?? [];
  inspector = new WebSocket(url);
  inspector.on("message", (data: Buffer) => {
    const { method } = JSON.parse(data.toString()) as { method?: string };
    if (method === "Debugger.paused" || method === "Debugger.resumed") events.push(method);
  });
  await once(inspector, "open");
  send("Debugger.enable");
});
afterAll(async () => {
  inspector.close();
  await app.stop();
  removeTemporary();
});

let id = 0;
function send(method: string): void {
  inspector.send(JSON.stringify({ id: ++id, method }));
}

test("ping, stack, status and runs leave it there, and say where", async () => {
  send("Debugger.pause");
  await eventually(() => events.includes("Debugger.paused"), "it is held");
  await eventually(async () => (await app.remsh("ping")).code === 75, "it counts as stalled");
  const held = /^shop \d+ is stalled: its event loop has not turned for \S+ s, paused in a debugger/;
  expect((await app.remsh("ping")).stderr).toMatch(held);
  expect((await app.remsh("ping", "--ready")).stderr).toMatch(held);
  expect((await app.remsh("stack")).stdout).toMatch(
    /^shop \d+ is paused in a debugger, and its event loop has not turned for \S+ s\n/,
  );
  expect(JSON.parse((await app.remsh("stack", "--json")).stdout)).toMatchObject({ inDebugger: true });
  expect((await app.remsh("status")).stdout).toMatch(/^ {2}state {7}stalled: .*, paused in a debugger/m);
  expect((await app.remsh("runs")).code).toBe(0);
  const client = await app.connect();
  expect((await Promise.all([client.stack(), client.stack()])).map(({ inDebugger }) => inDebugger)).toEqual([
    true,
    true,
  ]);
  await client.close();
  expect(events).toEqual(["Debugger.paused"]);
});

test("the debugger lets it go on, and it is no longer said to be held", async () => {
  send("Debugger.resume");
  await eventually(() => events.includes("Debugger.resumed"), "it goes on");
  await eventually(async () => (await app.remsh("ping")).code === 0, "it turns again");
  expect((await app.remsh("stack")).stdout).toMatch(/ is idle: /);
  expect(JSON.parse((await app.remsh("stack", "--json")).stdout)).not.toHaveProperty("inDebugger");
});
