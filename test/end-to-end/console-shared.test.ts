// What consoles share, what each has of its own, and what is left of one whose client is gone.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";
import { openRaw, type Message } from "./raw.ts";

let app: App;

beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

interface TestConsole {
  ask(method: string, params?: object): Promise<Message>;
  evaluate(source: string): Promise<string>;
  output(): string;
  close(): Promise<void>;
}

async function openConsole(who: string): Promise<TestConsole> {
  const raw = await openRaw(app);
  let lastId = 0;
  const ask = (method: string, params: object = {}) => {
    raw.send({ jsonrpc: "2.0", id: ++lastId, method, params: { console: "c1", ...params } });
    return raw.response(lastId);
  };
  await ask("console.open", { who });
  const outputs = () => raw.messages.filter(({ method }) => method === "console.output");
  return {
    ask,
    evaluate: async (source) => String((await ask("console.evaluate", { source })).result?.text),
    output: () =>
      outputs()
        .map(({ params }) => String(params?.text))
        .join(""),
    close: () => raw.close(),
  };
}

test("consoles share what they declare, and each has a _ of its own", async () => {
  const [ada, bob] = await Promise.all([openConsole("ada"), openConsole("bob")]);
  await ada.evaluate("const shared = 1");
  expect(await bob.evaluate("shared")).toBe("1");
  await ada.evaluate("'ada'");
  await bob.evaluate("'bob'");
  expect(await ada.evaluate("_")).toBe("'ada'");
  await bob.evaluate("throw new Error('for bob')");
  expect(await ada.evaluate("_error")).toBe("undefined");
  expect(await bob.evaluate("_error.message")).toBe("'for bob'");
  await Promise.all([ada.close(), bob.close()]);
});

test("the app sees none of the names that are in scope in a console", async () => {
  const ada = await openConsole("ada");
  expect(await ada.evaluate("[typeof require, typeof context, typeof Release]")).toBe(
    "[ 'function', 'object', 'object' ]",
  );
  expect(await ada.evaluate("await Value.names()")).toBe("[ 'undefined', 'undefined', 'undefined' ]");
  expect(await ada.evaluate("Object.keys(globalThis).includes('require')")).toBe("false");
  await ada.close();
});

test("output goes to the console whose code printed it, also later", async () => {
  const [ada, bob] = await Promise.all([openConsole("ada"), openConsole("bob")]);
  await ada.evaluate("setTimeout(() => console.log('ada later'), 50); console.log('ada now')");
  await bob.evaluate("await new Promise((resolve) => setTimeout(resolve, 100)); console.log('bob')");
  await eventually(() => ada.output() === "ada now\nada later\n", "ada's output");
  expect(bob.output()).toBe("bob\n");
  await Promise.all([ada.close(), bob.close()]);
});

test("a promise is shown as it is, and told when it fails, and the app lives", async () => {
  const ada = await openConsole("ada");
  expect(await ada.evaluate("Throw.later()")).toBe("Promise { <pending> }");
  await eventually(() => ada.output() !== "", "its error");
  expect(ada.output()).toMatch(/^Uncaught \(in promise\) RangeError: after an await\n {4}at Object\.later \(.*\)\n$/);
  expect(await app.remsh("ping")).toMatchObject({ stdout: "pong\n" });
  await ada.evaluate("const q = Throw.later().finally(() => {}).catch(() => {}); await q; Throw.later(); 1");
  await eventually(() => ada.output().split("Uncaught (in promise)").length === 3, "the error of the unheard one");
  await ada.close();
});

test("what a program has stopped waiting for is no run any more", async () => {
  const ada = await openConsole("ada");
  const answer = ada.ask("console.evaluate", { source: "new Promise(() => {})", bare: true });
  await eventually(async () => (await app.remsh("runs")).stdout.includes("new Promise"), "the run");
  await ada.ask("console.interrupt");
  expect((await answer).result).toEqual({
    outcome: "interrupted",
    text: "Interrupted: no longer waits for the promise",
  });
  await eventually(async () => (await app.remsh("runs")).stdout === "no runs in flight\n", "the end of the run");
  await ada.close();
});

test("a console whose client vanishes leaves its runs in the list, and they go on", async () => {
  const ada = await openConsole("ada");
  const source = "await Job.wait({ ms: 4000 }); console.log('gone'); context.server.kept = 'yes'";
  ada.ask("console.evaluate", { source }).catch(() => {}); // nobody is there to hear it
  await eventually(async () => (await app.remsh("runs")).stdout.includes("Job.wait"), "the run");
  await ada.close();
  const { stdout } = await app.remsh("runs");
  expect(stdout).toMatch(/ {2}console of ada: await Job\.wait\(\{ ms: 4000 \}\); .* {2}running for /);
  expect(stdout).toMatch(/ {2}Job\.wait {2}running for /);
  await eventually(async () => (await app.remsh("runs")).stdout === "no runs in flight\n", "the end of the runs");
  const bob = await openConsole("bob");
  expect(await bob.evaluate("context.server.kept")).toBe("'yes'");
  await bob.close();
});

test("closing a console tells which runs it leaves behind", async () => {
  const ada = await openConsole("ada");
  void ada.ask("console.evaluate", { source: "await Job.wait({ ms: 60000 })" });
  await eventually(async () => (await app.remsh("runs")).stdout.includes("Job.wait"), "the run");
  const { result } = await ada.ask("console.close");
  expect(result).toEqual({ runs: [expect.any(String), expect.any(String)] });
  expect((await ada.ask("console.evaluate", { source: "1" })).error).toMatchObject({ data: { code: "BAD_ARGUMENTS" } });
  await ada.close();
});

test("completion runs no getter, knows declarations and tasks, and is silent on errors", async () => {
  const ada = await openConsole("ada");
  await ada.evaluate("const trap = { get danger() { context.server.sprung = true; return {} }, safe: 1 }");
  const complete = async (line: string) => (await ada.ask("console.complete", { line })).result?.completions;
  expect(await complete("tra")).toEqual(["trap"]);
  expect(await complete("trap.")).toEqual(["trap.danger", "trap.safe"]);
  expect(await complete("trap.danger.")).toEqual([]);
  expect(await complete("missing.")).toEqual([]);
  expect(await complete("Release.m")).toEqual(["Release.migrate"]);
  expect(await complete("context.server.listen")).toEqual(expect.arrayContaining(["context.server.listen"]));
  expect(await ada.evaluate("context.server.sprung")).toBe("undefined");
  await ada.close();
});

test("an app that closes its agent ends its consoles and gets its globals back", async () => {
  const other = await startApp("shop.mjs", { args: ["--close-on-term"] });
  const raw = await openRaw(other);
  raw.send({ jsonrpc: "2.0", id: 1, method: "console.open", params: { who: "ada" } });
  const id = (await raw.response(1)).result?.console;
  raw.send({
    jsonrpc: "2.0",
    id: 2,
    method: "console.evaluate",
    params: { console: id, source: "await new Promise(() => {})" },
  });
  await eventually(async () => (await other.remsh("runs")).stdout.includes("console of ada"), "the run");
  other.child.kill("SIGTERM");
  expect((await raw.response(2)).result).toMatchObject({ outcome: "interrupted" });
  expect((await raw.closed).code).toBe(1001);
  expect(await other.finished).toMatchObject({ code: 0 });
});
