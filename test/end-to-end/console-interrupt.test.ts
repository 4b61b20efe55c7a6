// Interrupts and limits of evaluations that keep the main thread busy: the app must survive every one.
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { endsWithin } from "../../shared/within.ts";
import { eventually, removeTemporary, startApp, temporaryDirectory, type App } from "./processes.ts";
import { openRaw, type Message, type RawSocket } from "./raw.ts";

let app: App;
let raw: RawSocket;
let console_: string;
let lastId = 0;

beforeAll(async () => {
  app = await startApp("shop.mjs");
  raw = await openRaw(app);
  console_ = String((await ask("console.open", { who: "a test" })).result?.console);
});
afterAll(async () => {
  await raw.close();
  await app.stop();
  removeTemporary();
});
// All tests share one app: if it has ended, only this says how.
afterEach(async ({ task }) => {
  const isLost = await endsWithin(task.result?.state === "fail" ? 2000 : 0, Promise.race([raw.closed, app.finished]));
  if (!isLost) return;
  await endsWithin(2000, app.finished);
  const { child, output } = app;
  const end = `exit code ${child.exitCode}, signal ${child.signalCode}`;
  throw new Error(`The app has ended or lost the connection: ${end}\n${output.stderr}\n${output.stdout}`);
});

function ask(method: string, params: object): Promise<Message> {
  const id = ++lastId;
  raw.send({ jsonrpc: "2.0", id, method, params: { console: console_, ...params } });
  return raw.response(id);
}

const evaluate = (source: string, timeoutMs?: number) =>
  ask("console.evaluate", { source, ...(timeoutMs !== undefined && { timeoutMs }) });
const interrupt = () => ask("console.interrupt", {});

const exposeGarbageCollection = () =>
  evaluate(
    "require('node:v8').setFlagsFromString('--expose-gc'); globalThis.collect = require('node:vm').runInNewContext('gc')",
  );

async function isBusy(): Promise<boolean> {
  return (await ask("ping", {})).result?.console !== undefined;
}

test("150 interrupts at random moments leave the app whole", async () => {
  // A fixed seed: a failure can be seen again.
  let seed = 4711;
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const outcomes = new Set<unknown>();
  for (let round = 0; round < 150; round++) {
    const busyMs = Math.floor(random() * 40);
    const evaluating = evaluate(
      `{ const end = Date.now() + ${busyMs}; while (Date.now() < end) JSON.stringify({ a: [1] }); }; ${round}`,
    );
    await new Promise((resolve) => setTimeout(resolve, random() * 60));
    const [{ result }, interrupted] = await Promise.all([evaluating, interrupt()]);
    expect(interrupted.error).toBeUndefined();
    outcomes.add(result?.outcome);
    if (result?.outcome === "returned") expect(result.text).toBe(String(round));
  }
  expect(outcomes).toEqual(new Set(["returned", "interrupted"]));
  expect(await (await fetch(`http://127.0.0.1:${app.port}/`)).text()).toBe("hello\n");
});

test("the time limit ends a loop, and the app serves again", async () => {
  expect((await evaluate("for (;;);", 200)).result).toEqual({
    outcome: "timed-out",
    text: "Ran out of time: it stopped the app and was interrupted",
  });
  expect(await (await fetch(`http://127.0.0.1:${app.port}/`)).text()).toBe("hello\n");
});

test("a loop inside an asynchronous scope ends when it has left the scope", async () => {
  // Terminated inside, Node would end the process: "async hook stack has become corrupted".
  const source = `const { AsyncResource } = require("node:async_hooks");
    new AsyncResource("test").runInAsyncScope(() => { const end = Date.now() + 600; while (Date.now() < end); });
    for (;;);`;
  expect((await evaluate(source, 100)).result).toMatchObject({ outcome: "timed-out" });
  expect((await evaluate("1")).result).toMatchObject({ text: "1" });
});

test("a loop of promises ends outside Node's own hooks, which still work afterwards", async () => {
  // Terminated inside such a hook, Node would count itself inside one for good, and would never use a new hook.
  for (let round = 0; round < 5; round++) {
    const looping = evaluate("for (;;) new Promise(() => {})");
    await eventually(isBusy, "a busy console");
    expect((await interrupt()).result).toEqual({ state: "interrupted" });
    expect((await looping).result).toMatchObject({ outcome: "interrupted" });
  }
  const source = `{ let count = 0;
    const hook = require("node:async_hooks").createHook({ init() { count++; } }).enable();
    new Promise(() => {});
    hook.disable();
    count }`;
  expect((await evaluate(source)).result).toMatchObject({ text: "1" });
});

test("a value whose look never ends does not stop the app", async () => {
  const { result } = await evaluate("({ [Symbol.for('nodejs.util.inspect.custom')]() { for (;;); } })", 200);
  expect(result).toEqual({ outcome: "returned", text: "[a value that cannot be shown in time: object]" });
});

test("recursion without end is an error like any other", async () => {
  const { result } = await evaluate("(function deeper() { deeper(); })()");
  expect(result).toMatchObject({
    outcome: "threw",
    text: expect.stringMatching(/^Uncaught RangeError: Maximum call/) as string,
  });
});

test("a loop after an await cannot be interrupted, and that is said", async () => {
  const evaluating = evaluate(
    "await 1; console.log('looping'); const end = Date.now() + 4500; while (Date.now() < end); 'done'",
  );
  const isLooping = () => raw.messages.some(({ params }) => params?.text === "looping\n");
  await eventually(isLooping, "the loop");
  const { error } = await interrupt();
  expect(error).toMatchObject({ data: { code: "STALLED" } });
  expect(error?.message).toMatch(/^Cannot interrupt the evaluation without harm to the app: /);
  expect((await evaluating).result).toMatchObject({ text: "'done'" });
});

test("native code holds up neither an interrupt nor a look at the stack, and is not stopped after the answer", async () => {
  const directory = temporaryDirectory();
  const wait = `cd ${directory}; touch begun; i=0; until [ -e go-on ] || [ $i = 200 ]; do i=$((i+1)); sleep 0.1; done`;
  const evaluating = evaluate(
    `require("node:child_process").execSync("${wait}"); const ends = Date.now() + 300; while (Date.now() < ends); "done"`,
    60_000,
  );
  await eventually(() => existsSync(path.join(directory, "begun")), "a waiting child process");
  const [first, second] = await Promise.all([interrupt(), interrupt()]);
  expect([first.error, second.error]).toMatchObject([{ data: { code: "STALLED" } }, { data: { code: "STALLED" } }]);
  expect((await ask("stack", {})).result).toMatchObject({ state: "native", frames: [] });
  writeFileSync(path.join(directory, "go-on"), "");
  expect((await evaluating).result).toMatchObject({ outcome: "returned", text: "'done'" });
});

test("an interrupt of a console that evaluates nothing is idle", async () => {
  expect((await interrupt()).result).toEqual({ state: "idle" });
});

test("an evaluation in another console's loop is taken back by an interrupt", async () => {
  const looping = evaluate("for (;;);");
  await eventually(isBusy, "a busy console");
  const other = await openRaw(app);
  const open = { jsonrpc: "2.0", id: 1, method: "console.open", params: { who: "another test" } };
  other.send(open);
  expect((await interrupt()).result).toEqual({ state: "interrupted" });
  expect((await looping).result).toMatchObject({ outcome: "interrupted" });
  expect((await other.response(1)).result).toMatchObject({ role: "admin" });
  await other.close();
});

test("one console evaluates one thing at a time", async () => {
  const first = evaluate("await new Promise((resolve) => setTimeout(resolve, 300, 'first'))");
  expect((await evaluate("2")).error).toMatchObject({ data: { code: "TOO_MANY" } });
  expect((await first).result).toMatchObject({ text: "'first'" });
});

test("a garbage collection before V8 has answered an evaluation does not end the process", async () => {
  await exposeGarbageCollection();
  const steps = [".then(() => {})", ".then(() => {})", ".then(() => {})", ".then(() => {})"];
  for (const [index] of steps.entries()) {
    const source = `void Promise.resolve()${steps.slice(0, index).join("")}.then(collect); ${index}`;
    expect((await evaluate(source)).result).toMatchObject({ text: String(index) });
  }
});

test("what can never settle is not garbage: collecting it would end the process", async () => {
  await exposeGarbageCollection();
  const neverSettled = [
    "await new Promise(() => {})",
    "await { then() {} }",
    "await (async () => { await new Promise(() => {}) })()",
    "for await (const _ of (async function* () { await new Promise(() => {}) })()) 1",
    "for await (const _ of [new Promise(() => {})]) 1",
    "await Promise.all([1, new Promise(() => {})])",
  ];
  for (const source of neverSettled) {
    const evaluating = evaluate(source);
    const id = ++lastId;
    raw.send({ jsonrpc: "2.0", id, method: "console.interrupt", params: { console: console_ } });
    expect((await evaluating).result, source).toMatchObject({ outcome: "interrupted" });
    await raw.response(id);
    await evaluate("collect(); await new Promise((resolve) => setTimeout(resolve, 5)); collect()");
  }
  expect((await evaluate("'alive'")).result).toMatchObject({ text: "'alive'" });
});
