// A console's code that goes on after an `await` and does not let the event loop turn: it is stopped at its next `await`, and
// where it comes to none, everybody is told whose it is.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, removeTemporary, startApp, startRemsh, stop, type App } from "./processes.ts";
import { openRaw, type Message, type RawSocket } from "./raw.ts";

let app: App;
let raw: RawSocket;
let lastId = 0;
const CONSOLE = "c1";

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
  raw.send({ jsonrpc: "2.0", id, method, params: { console: CONSOLE, ...params } });
  return raw.response(id);
}

const evaluate = (source: string, timeoutMs = 60_000) => ask("console.evaluate", { source, timeoutMs });
const interrupt = () => ask("console.interrupt", {});
const output = () => raw.messages.map(({ params }) => (typeof params?.text === "string" ? params.text : "")).join("");
const serves = async () => (await fetch(`http://127.0.0.1:${app.port}/`)).text();

async function isBusy(): Promise<boolean> {
  return String((await ask("ping", {})).result?.console).startsWith("the console of a test has been executing for ");
}

const LOOPS = [
  "while (1) await null",
  "while (1) try { await null } catch {}",
  "const spin = async () => { for (;;) await null }; await spin()",
  "await Promise.all([1, 2].map(async () => { for (;;) await null }))",
  "for await (const _ of (function* () { for (;;) yield 1 })()) 1",
  "await (async () => { for await (const _ of (async function* () { for (;;) yield 1 })()) 1 })()",
  "while (1) await Promise.reject(new Error('nobody hears it')).catch(() => {})",
];

test.each(LOOPS)("%s ends at the time limit, and the app serves again", async (source) => {
  const { result } = await evaluate(source, 300);
  expect(result).toEqual({ outcome: "timed-out", text: "Ran out of time: it stopped the app and was interrupted" });
  expect(await serves()).toBe("hello\n");
  expect((await app.remsh("runs")).stdout).toBe("no runs in flight\n");
});

test.each(LOOPS)("%s is interrupted", async (source) => {
  const evaluating = evaluate(source);
  await eventually(isBusy, "a busy console");
  expect((await interrupt()).result).toEqual({ state: "interrupted" });
  expect((await evaluating).result).toEqual({ outcome: "interrupted", text: "Interrupted" });
  expect(await serves()).toBe("hello\n");
});

test("a hundred loops of awaits that are interrupted leave the app whole", async () => {
  for (let round = 0; round < 100; round++) {
    const evaluating = evaluate(LOOPS[round % LOOPS.length] ?? "", round % 2 === 0 ? 110 : 60_000);
    if (round % 2 === 1) await Promise.all([interrupt(), evaluating]);
    expect(["interrupted", "timed-out"]).toContain((await evaluating).result?.outcome);
  }
  expect(await serves()).toBe("hello\n");
  expect((await evaluate("'whole'")).result).toMatchObject({ text: "'whole'" });
});

test("a loop that the evaluation does not wait for ends at the limit, and the console is told", async () => {
  const before = output().length;
  expect((await evaluate("void (async () => { while (1) await null })(); 'returned'", 300)).result).toMatchObject({
    text: "'returned'",
  });
  await eventually(() => output().slice(before).includes("Ran out of time: "), "the sentence");
  expect(await serves()).toBe("hello\n");
});

test("the loop of a console whose client is gone ends at the limit, too, and is named until then", async () => {
  const running = startRemsh(["remote", "--timeout", "4s", "-e", "console.log('begun'); while (1) await null"], {
    env: app.env,
  });
  await running.printed("begun");
  await stop(running);
  await eventually(async () => (await app.remsh("stack")).stdout.includes("has been executing for"), "the name");
  await eventually(async () => (await app.remsh("ping")).code === 0, "the app");
  expect(await serves()).toBe("hello\n");
});

test("code that is slow but lets the event loop turn is not stopped", async () => {
  const source = `let turns = 0;
    for (const end = Date.now() + 600; Date.now() < end; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      for (let i = 0; i < 100; i++) await null;
    }
    turns > 10`;
  expect((await evaluate(source, 300)).result).toEqual({ outcome: "returned", text: "true" });
});

test("what a stopped loop awaited may fail later without ending the app", async () => {
  const source =
    "for (;;) await new Promise((_, reject) => { queueMicrotask(() => reject(new Error('late'))) }).catch(() => {})";
  expect((await evaluate(source, 200)).result).toMatchObject({ outcome: "timed-out" });
  const rejected = `const fail = () => Promise.reject(new Error('unheard'));
    const end = Date.now() + 400; while (Date.now() < end) await null; await fail()`;
  expect((await evaluate(rejected, 200)).result).toMatchObject({ outcome: "timed-out" });
  expect(await serves()).toBe("hello\n");
});

test.each([
  ["a loop after an await", "await 1; for (const end = Date.now() + 2500; Date.now() < end; );"],
  [
    "a loop of promises without await",
    "const end = Date.now() + 2500; const again = () => (Date.now() < end ? Promise.resolve().then(again) : 1); void again()",
  ],
  [
    "a loop of next ticks",
    "const end = Date.now() + 2500; const again = () => Date.now() < end && process.nextTick(again); again()",
  ],
])("%s is named within a second by status, stack and the console", async (_name, source) => {
  const before = output().length;
  const begun = Date.now();
  const evaluating = evaluate(`{ ${source} }`);
  await eventually(isBusy, "a busy console");
  expect(Date.now() - begun).toBeLessThan(1000);
  expect((await app.remsh("status")).stdout).toContain("the console of a test has been executing for");
  expect((await app.remsh("stack")).stdout).toContain("the console of a test has been executing for");
  await evaluating;
  await eventually(async () => !(await isBusy()), "the end");
  if (source.startsWith("await"))
    expect(output().slice(before)).toMatch(/^This console has kept the app's event loop from turning for 1(\.\d)? s$/m);
});

test("what a console blocks the app with is listed by runs and status, and cancel ends it", async () => {
  for (const source of ["for (;;);", "while (1) await null"]) {
    const evaluating = evaluate(source);
    await eventually(async () => Number((await ask("ping", {})).result?.stalledMs) > 1050, "a stalled app");
    const listed = await app.remsh("runs", "--json");
    const task = `console of a test: ${source}`;
    const [{ run = "" } = {}, ...others] = JSON.parse(listed.stdout) as { run?: string }[];
    expect(JSON.parse(listed.stdout)).toEqual([
      { run, task, state: "running", elapsedMs: expect.any(Number) as number },
    ]);
    expect(others).toEqual([]);
    expect((await app.remsh("runs")).stdout).toMatch(`${run}  ${task}  running for `);
    expect((await app.remsh("status")).stdout).toMatch(/^ {2}runs {8}1 in flight$/m);
    expect(JSON.parse((await app.remsh("status", "--json")).stdout)).toMatchObject({ runs: 1 });
    expect(await app.remsh("cancel", run)).toEqual({
      stdout: `Cancelled run ${run}: the task stopped\n`,
      stderr: "",
      code: 0,
    });
    expect((await evaluating).result).toEqual({ outcome: "interrupted", text: "Interrupted" });
    expect((await app.remsh("runs")).stdout).toBe("no runs in flight\n");
  }
  expect(await serves()).toBe("hello\n");
});

test("a cancel that cannot end a console's loop without harm says so, and stands", async () => {
  const evaluating = evaluate(
    "await 1; for (const end = Date.now() + 6000; Date.now() < end; ); await new Promise(() => {})",
  );
  await eventually(async () => Number((await ask("ping", {})).result?.stalledMs) > 1050, "a stalled app");
  const [run] = ((await ask("runs", {})).result?.runs ?? []) as { run: string }[];
  expect(await ask("cancel", { run: run?.run, waitMs: 1 })).toMatchObject({
    error: {
      message: expect.stringMatching(/ is stalled: .*; the run is cancelled when it turns$/) as string,
      data: { code: "STALLED", run: run?.run, state: "running" },
    },
  });
  expect(await ask("runs", {})).toMatchObject({ result: { runs: [{ run: run?.run, state: "cancelling" }] } });
  expect((await evaluating).result).toMatchObject({ outcome: "interrupted" });
});

test("stack --watch names the console that does not let the event loop turn, until it does", async () => {
  const watching = startRemsh(["stack", "--watch"], { env: app.env });
  await watching.printed("is idle");
  const evaluating = evaluate("while (1) await null");
  await watching.printed("the console of a test has been executing for");
  await interrupt();
  await evaluating;
  const seen = watching.output.stdout.length;
  await eventually(() => watching.output.stdout.slice(seen).includes("is idle"), "an idle app");
  await stop(watching, "SIGINT");
});
