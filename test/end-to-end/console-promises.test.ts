// What a console promises in figures: its limit, and how soon Tab answers.
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeTemporary, startApp, type App } from "./processes.ts";
import { openRaw, type Message, type RawSocket } from "./raw.ts";

let app: App;
let raw: RawSocket;
let lastId = 0;

beforeAll(async () => {
  app = await startApp("shop.mjs");
  raw = await openRaw(app);
  await ask("console.open", { who: "a test" });
});
afterAll(async () => {
  await raw.close();
  await app.stop();
  removeTemporary();
});

function ask(method: string, params: object): Promise<Message> {
  const id = ++lastId;
  raw.send({ jsonrpc: "2.0", id, method, params: { console: "c1", ...params } });
  return raw.response(id);
}

test("an error in a value has the frames of what was typed, and none of ours", async () => {
  const { result } = await ask("console.evaluate", { source: "[new Error('q')]" });
  const { text } = result as { text: string };
  expect(text).toContain("Error: q\n");
  expect(text.match(/^\s+at .*/gm)).toEqual([expect.stringMatching(/^\s+at console\/\d+:1:2\b/)]);
});

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

test.each(["for (;;);", "while (1) await null"])("without a word %s is stopped after five seconds", async (source) => {
  let result: Message["result"];
  const ms = await timed(async () => ({ result } = await ask("console.evaluate", { source })));
  expect(result).toMatchObject({ outcome: "timed-out" });
  expect(ms).toBeGreaterThan(4900);
  expect(ms).toBeLessThan(8000);
});

test("--timeout changes the limit", async () => {
  const ms = await timed(async () => {
    expect(await app.remsh("remote", "--timeout", "300ms", "-e", "for (;;);")).toMatchObject({ code: 75 });
  });
  expect(ms).toBeLessThan(4000);
});

test("globals, bindings, members and tasks are completed within 50 ms", async () => {
  await ask("console.evaluate", { source: "const lexical = { member: { inner: 1 } }; var scripted = 1" });
  const lines = ["proc", "lexi", "lexical.member.", "scrip", "context.server.", "Release.mi", "Object.prototype.", ""];
  const times: number[] = [];
  for (let round = 0; round < 24; round++) {
    const line = lines[round % lines.length] ?? "";
    let completions: unknown;
    times.push(await timed(async () => (completions = (await ask("console.complete", { line })).result?.completions)));
    expect(completions, line).not.toEqual([]);
  }
  expect(times.sort((a, b) => a - b)[times.length / 2]).toBeLessThan(50);
});

test("completion runs nothing, and what goes wrong while it looks is silent", async () => {
  const before = raw.messages.length;
  const source = `globalThis.sprung = [];
    const trap = new Proxy({}, { get: () => sprung.push("get"), ownKeys: () => (sprung.push("ownKeys"), []),
      has: () => sprung.push("has"), getPrototypeOf: () => (sprung.push("getPrototypeOf"), null) });
    const holder = { trap, get bad() { sprung.push("getter"); throw new Error("no") } };
    Object.defineProperty(globalThis, "badGlobal", { configurable: true, get() { sprung.push("global"); throw new Error("no") } })`;
  await ask("console.evaluate", { source });
  // A binding that was never initialised throws whenever it is looked at.
  await ask("console.evaluate", { source: "let unborn = (() => { throw new Error('no') })()" });
  for (const line of [
    "trap.",
    "holder.bad.",
    "holder.trap.",
    "badGlobal.",
    "unborn.",
    "nowhere.x.",
    "f().",
    "1..",
    "'x'.",
  ])
    expect((await ask("console.complete", { line })).result, line).toMatchObject({ completions: [] });
  expect((await ask("console.complete", { line: "holder.b" })).result).toMatchObject({ completions: ["holder.bad"] });
  expect((await ask("console.evaluate", { source: "sprung.join()" })).result).toMatchObject({ text: "''" });
  expect(raw.messages.slice(before).filter(({ method }) => method !== undefined)).toEqual([]);
});
