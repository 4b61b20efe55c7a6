// Expressions over tasks, by the real command line against a real app.
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "remsh/client";
import { SafeSession } from "../../client/safe-session.ts";
import { eventually, removeTemporary, startApp, startRemsh, stop, type App } from "./processes.ts";
import { openRaw } from "./raw.ts";

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("shop.mjs");
  client = await app.connect();
});
afterAll(async () => {
  await client.close();
  await app.stop();
  removeTemporary();
});

/** The pids of the app's evaluators. */
function evaluators(of: App = app): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isEvaluatorOf(of.pid, pid)).map(Number);
}

function isEvaluatorOf(parent: number, pid: string): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return status.includes(`\nPPid:\t${parent}\n`) && command.includes("evaluator.cjs");
  } catch {
    return false; // it has ended meanwhile
  }
}

function noEvaluatorIsLeft(of: App = app): Promise<void> {
  return eventually(() => evaluators(of).length === 0, "an evaluator is left");
}

describe("rpc of an expression", () => {
  test.each<[string, string, { stdout: string; stderr: string; code: number }]>([
    ["calls a task", "Release.add(2, 3)", { stdout: "5\n", stderr: "", code: 0 }],
    [
      "streams the output of its tasks, each on its own stream",
      "Release.migrate()",
      { stdout: "migrating\n3 migrations applied\n", stderr: "one warning\n", code: 0 },
    ],
    [
      "calls several tasks, and its own output comes in order",
      "print('first'); await Release.migrate(); print('then', { a: 1 }); await Release.add(1, 1)",
      { stdout: "first\nmigrating\nthen { a: 1 }\n2\n", stderr: "one warning\n", code: 0 },
    ],
    [
      "prints what console is given, on the stream of each method",
      "console.log('said %s', 1, { a: 1 }); console.info('info'); console.error('err'); console.warn(new Map([[1, 2]])); console.debug(x => 1)",
      { stdout: "said 1 { a: 1 }\ninfo\nx => 1\n", stderr: "err\nMap(1) { 1 => 2 }\n", code: 0 },
    ],
    [
      "shows what a task returned as the task wants it shown",
      "const seeded = await Release.seed({ count: 3 }); seeded",
      { stdout: "seeded 3 guests\n", stderr: "", code: 0 },
    ],
    [
      "shows as data what was changed",
      "const seeded = await Release.seed({ count: 3 }); seeded.count++; seeded",
      { stdout: "{ count: 4, role: 'guest' }\n", stderr: "", code: 0 },
    ],
    [
      "shows as data what was made of it",
      "const { count } = await Release.seed({ count: 3 }); [count]",
      { stdout: "[ 3 ]\n", stderr: "", code: 0 },
    ],
    ["prints nothing for undefined", "Release.empty()", { stdout: "", stderr: "", code: 0 }],
    [
      "passes data on as what it is",
      "const { date, map, big } = await Value.rich(); print(date.getTime(), map.get('a').has(1), typeof big); map",
      { stdout: "0 true bigint\nMap(1) { 'a' => Set(1) { 1 } }\n", stderr: "", code: 0 },
    ],
    ["shows a value that is no data", "Symbol('s')", { stdout: "Symbol(s)\n", stderr: "", code: 0 }],
    [
      "exits 65, before anything is called, where a statement is only a name",
      "Release.migrate(); Release.empty",
      {
        stdout: "",
        stderr:
          'Cannot evaluate "Release.migrate(); Release.empty": "Release.empty" alone calls nothing (write "Release.empty()")\n',
        code: 65,
      },
    ],
    [
      "exits 65 where its value is a task",
      "const { empty } = Release; await empty(); empty",
      {
        stdout: "",
        stderr:
          'Evaluated "const { empty } = Release; await empty(); empty", but its value is the task "Release.empty", and nothing calls it (write "Release.empty()")\n',
        code: 65,
      },
    ],
    [
      "exits 65 where its value holds a task, through a promise and a Map as well",
      "await Release.empty(); [new Map([[1, Promise.resolve(Release.add)]])]",
      {
        stdout: "",
        stderr:
          'Evaluated "await Release.empty(); [new Map([[1, Promise.resolve(Releas…", but its value holds the task "Release.add", and nothing calls it (write "Release.add()")\n',
        code: 65,
      },
    ],
    [
      "exits 65 where its value is a function",
      "x => x + 1",
      { stdout: "", stderr: 'Evaluated "x => x + 1", but its value is a function, and nothing calls it\n', code: 65 },
    ],
    [
      "exits 65 where it has called nothing and names a task",
      "async function main() { await Release.migrate() }",
      {
        stdout: "",
        stderr:
          'Evaluated "async function main() { await Release.migrate() }", but it names "Release.migrate" and calls no task (write "Release.migrate()")\n',
        code: 65,
      },
    ],
    [
      "exits 65 where there is nothing to evaluate",
      "// Release.migrate()",
      { stdout: "", stderr: 'Cannot evaluate "// Release.migrate()": there is nothing in it to evaluate\n', code: 65 },
    ],
    ["takes a name with blanks around it for the name", " Release.empty\n", { stdout: "", stderr: "", code: 0 }],
    [
      "does not mind a task that is kept and called",
      "const { add } = Release; add(1, 2)",
      { stdout: "3\n", stderr: "", code: 0 },
    ],
    ["waits for calls that it does not await", "Release.add(1, 1); 5", { stdout: "5\n", stderr: "", code: 0 }],
    [
      "waits for calls that follow on calls that it does not await",
      "Release.add(1, 1).then(() => Release.add(2, 2)).then(print); 5",
      { stdout: "4\n5\n", stderr: "", code: 0 },
    ],
    [
      "catches what a task threw",
      "try { await Throw.error() } catch (error) { print(error.name, error.code, error.cause.message) }",
      { stdout: "TaskError 42P01 no such table\n", stderr: "", code: 0 },
    ],
    [
      "exits with the code that a task chose",
      "await Throw.verdict(); await Release.migrate()",
      { stdout: "", stderr: "2 migrations are pending\n", code: 75 },
    ],
    [
      "exits 1 with the failure of a call that it does not await",
      "Throw.string(); 5",
      { stdout: "", stderr: "\"Throw.string(); 5\" threw 'only text'\n", code: 1 },
    ],
    [
      "exits 1 when it throws itself",
      "await Release.add(1, 1); throw new RangeError('too much')",
      {
        stdout: "",
        stderr: "\"await Release.add(1, 1); throw new RangeError('too much')\" threw RangeError: too much\n",
        code: 1,
      },
    ],
    [
      "exits 65 for arguments that do not fit",
      "Release.seed({ count: 'x' })",
      {
        stdout: "",
        stderr: 'Cannot call "Release.seed": count: Invalid input: expected number, received string\n',
        code: 65,
      },
    ],
    [
      "exits 65 for code that cannot be read",
      "Release.add(",
      { stdout: "", stderr: 'Cannot evaluate "Release.add(": Unexpected token (1:12)\n', code: 65 },
    ],
    [
      "exits 1 for a task that there is not",
      "Release.migrat()",
      { stdout: "", stderr: '"Release.migrat()" threw TypeError: Release.migrat is not a function\n', code: 1 },
    ],
    [
      "exits 1 for a function as an argument",
      "Release.show(() => 1)",
      {
        stdout: "",
        stderr: '"Release.show(() => 1)" threw TypeError: Cannot call "Release.show": Cannot stringify a function\n',
        code: 1,
      },
    ],
  ])("%s", async (_fact, expression, finished) => {
    expect(await app.remsh("rpc", expression)).toEqual(finished);
  });

  test("with words behind it exits 64", async () => {
    expect(await app.remsh("rpc", "Release.add(1,", "2)")).toMatchObject({ stdout: "", code: 64 });
  });

  test("prints a character whole that would end one message and begin the next", async () => {
    const { stdout } = await app.remsh("rpc", "print('x'.repeat(64 * 1024 - 1) + '😀')");
    expect(stdout).toBe(`${"x".repeat(64 * 1024 - 1)}😀\n`);
  });

  test("with --json prints one line for each event", async () => {
    const { stdout, code } = await app.remsh("--json", "rpc", "print('said'); await Release.add(1, 2)");
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([
      { event: "output", stream: "stdout", text: "said\n", seq: 1 },
      { event: "result", outcome: "returned", value: 3 },
    ]);
  });

  test("whose process is killed exits 69, and is not said to need more memory", async () => {
    const running = startRemsh(["rpc", "await Job.wait({ ms: 60000 })"], { env: app.env });
    await running.printed("waiting");
    for (const pid of evaluators()) process.kill(pid, "SIGKILL");
    expect(await running.finished).toMatchObject({
      stderr:
        'Cannot evaluate "await Job.wait({ ms: 60000 })": its process was killed, by another process or because the system is short of memory\n',
      code: 69,
    });
  });

  test("leaves no process behind", async () => {
    await app.remsh("rpc", "1");
    await noEvaluatorIsLeft();
  });

  test("after a --timeout exits 75, and its task was cancelled", async () => {
    await client.call("Job.reset");
    expect(await app.remsh("rpc", "--timeout", "5s", "await Job.wait({ ms: 60000 })")).toEqual({
      stdout: "waiting\n",
      stderr: 'Gave up on "await Job.wait({ ms: 60000 })" after 5 s: cancelled, and the expression stopped\n',
      code: 75,
    });
    expect(await client.call("Job.state")).toMatchObject({ started: 1, stopped: 1, finished: 0 });
  });

  test("names the task that takes no notice of its end", async () => {
    expect(await app.remsh("rpc", "--timeout", "5s", "Job.stubborn(12000)")).toMatchObject({
      stderr: 'Gave up on "Job.stubborn(12000)" after 5 s: the expression stopped, but "Job.stubborn" still runs\n',
      code: 75,
    });
  });

  test("and its calls are in runs, and Ctrl-C cancels them", async () => {
    const running = startRemsh(["rpc", "Job.wait({ ms: 60000 })"], { env: app.env });
    await running.printed("waiting");
    const tasks = (await client.runs()).map(({ task }) => task);
    expect(tasks).toEqual(expect.arrayContaining(["Job.wait({ ms: 60000 })", "Job.wait"]));
    running.child.kill("SIGINT");
    expect(await running.finished).toMatchObject({ code: 130, stdout: "waiting\n" });
    expect((await client.runs()).filter(({ task }) => task.includes("wait"))).toEqual([]);
    await noEvaluatorIsLeft();
  });

  test("runs many calls at once, and each gets its answer", async () => {
    const expression =
      "const all = await Promise.all(Array.from({ length: 300 }, (_, i) => Release.add(i, 1))); all.at(-1)";
    expect(await app.remsh("rpc", expression)).toEqual({ stdout: "300\n", stderr: "", code: 0 });
  });

  test("goes on when its caller goes away", async () => {
    await eventually(async () => (await client.runs()).length === 0, "the tasks of other tests end");
    await client.call("Job.reset");
    const running = startRemsh(["rpc", "await Job.wait({ ms: 500 }); await Job.wait({ ms: 1 })"], { env: app.env });
    await running.printed("waiting");
    await stop(running);
    await eventually(
      async () => ((await client.call("Job.state")) as { finished: number }).finished === 2,
      "it goes on",
    );
    await noEvaluatorIsLeft();
  });
});

/** What says so first depends on how fast the machine fills its memory: the allocator, our limit, or the clock. */
const TOO_MUCH =
  /more memory than an expression may use|Array buffer allocation failed|Failed to allocate|after 10 s of its own work/;

describe("what would exhaust a process", () => {
  test.each<[string, string, { stderr: RegExp; code: number }]>([
    ["an endless loop", "for (;;);", { stderr: /^Gave up on "for \(;;\);" after 10 s of its own work/, code: 75 }],
    [
      "an endless loop of promises",
      "await (async () => { for (;;) await 1 })()",
      { stderr: /after 10 s of its own work/, code: 75 },
    ],
    ["endless output", "for (;;) print('x'.repeat(1000))", { stderr: /after 10 s of its own work/, code: 75 }],
    [
      "a recursion without end",
      "(function f() { f() })()",
      { stderr: /threw RangeError: Maximum call stack/, code: 1 },
    ],
    [
      "a promise that never settles",
      "new Promise(() => {})",
      { stderr: /a promise that nothing will settle/, code: 1 },
    ],
    [
      "4 GB of arrays",
      "const kept = []; while (kept.length < 512) kept.push(new Array(2 ** 20).fill(1.5))",
      { stderr: /more memory than an expression may use/, code: 65 },
    ],
    [
      "4 GB of Buffers",
      "const kept = []; while (kept.length < 256) kept.push(Buffer.alloc(16 * 2 ** 20, 1))",
      { stderr: TOO_MUCH, code: 65 },
    ],
    [
      "4 GB of typed arrays",
      "const kept = []; while (kept.length < 256) kept.push(new Float64Array(2 * 2 ** 20).fill(1))",
      { stderr: TOO_MUCH, code: 65 },
    ],
    ["a result of 5 MB", "'x'.repeat(5e6)", { stderr: /is larger than 4194304 characters/, code: 65 }],
    ["an argument of 5 MB", "Release.show('x'.repeat(5e6))", { stderr: /is larger than 4194304 characters/, code: 65 }],
    [
      "an argument that is nested 5000 deep",
      "let deep = []; for (let i = 0; i < 5000; i++) deep = [deep]; Release.show(deep)",
      { stderr: /deep|stack/, code: 65 },
    ],
  ])(
    "%s ends with a clear error, its process is gone, and the app has answered all the while",
    async (_what, expression, { stderr, code }) => {
      const answers = new Answers(app.port);
      const finished = await app.remsh("rpc", expression);
      const slowestMs = await answers.stop();
      expect(finished.stderr).toMatch(stderr);
      expect([code, 1, ...(finished.stderr.includes("of its own work") ? [75] : [])]).toContain(finished.code);
      expect(slowestMs).toBeLessThan(1000);
      await noEvaluatorIsLeft();
      expect(await client.ping()).toMatchObject({ status: "ok" });
    },
  );
});

test("an endless loop is ended while tasks are in flight, and an expression that waits as long for its tasks is not", async () => {
  const [loop, manyCalls, waiting] = await Promise.all([
    app.remsh("rpc", "Job.wait({ ms: 600000 }); for (;;);"),
    app.remsh("rpc", "Array.from({ length: 40 }, () => Job.wait({ ms: 600000 })); for (;;);"),
    app.remsh("rpc", "await Job.stubborn(11000); 5"),
  ]);
  expect(loop).toMatchObject({ code: 75, stderr: expect.stringMatching(/after 10 s of its own work/) as string });
  expect(manyCalls).toMatchObject({ code: 75, stderr: expect.stringMatching(/after 10 s of its own work/) as string });
  expect(waiting).toMatchObject({ code: 0, stdout: "stubborn\n5\n" });
});

/** Asks the app's own web server without a pause. */
class Answers {
  readonly #asking: Promise<void>;
  #stopped = false;
  #slowestMs = 0;

  constructor(port: number) {
    this.#asking = this.#ask(port);
  }

  async stop(): Promise<number> {
    this.#stopped = true;
    await this.#asking;
    return this.#slowestMs;
  }

  async #ask(port: number): Promise<void> {
    while (!this.#stopped) {
      const begun = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/`)).text();
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

describe("a safe session", () => {
  const open = () => SafeSession.open({ socket: app.socket, label: "shop" });

  test("keeps its variables in one process", async () => {
    const session = await open();
    await session.evaluate("const sum = await Release.add(1, 2)");
    const [pid] = evaluators();
    expect(await session.evaluate("const twice = sum * 2; twice")).toBe(6);
    expect(evaluators()).toEqual([pid]);
    session.close();
    await noEvaluatorIsLeft();
  });

  test("shares nothing with another one", async () => {
    const [first, second] = [await open(), await open()];
    await first.evaluate("globalThis.secret = 1; Object.prototype.polluted = 1");
    expect(await second.evaluate("[typeof secret, {}.polluted]")).toEqual(["undefined", undefined]);
    first.close();
    second.close();
  });

  test("is interrupted, and goes on with new variables", async () => {
    const session = await open();
    let printed = "";
    const onOutput = ({ text = "" }) => (printed += text);
    await session.evaluate("var kept = 1");
    const endless = session.evaluate("print('begun'); for (;;);", { onOutput });
    const failure = expect(endless).rejects.toMatchObject({ code: "CANCELLED", state: "stopped" });
    await eventually(() => printed === "begun\n", "it begins");
    await session.interrupt();
    await failure;
    expect(await session.evaluate("typeof kept")).toBe("undefined");
    session.close();
  });

  test("refuses a second expression while one is evaluated", async () => {
    const raw = await openRaw(app);
    const evaluate = (id: number, code: string) =>
      raw.send({ jsonrpc: "2.0", id, method: "evaluate", params: { code, session: "s", run: `r${id}` } });
    evaluate(1, "Job.wait({ ms: 60000 })");
    evaluate(2, "1");
    expect(await raw.response(2)).toMatchObject({ error: { data: { code: "TOO_MANY" } } });
    raw.send({ jsonrpc: "2.0", id: 3, method: "cancel", params: { run: "r1" } });
    expect(await raw.response(1)).toMatchObject({ error: { data: { code: "CANCELLED" } } });
    await raw.close();
  });

  test("ends at its deadline, also when somebody who cancels it would wait longer", async () => {
    const raw = await openRaw(app);
    const params = { code: "await Job.stubborn(6000)", run: "stubborn", timeoutMs: 1500 };
    raw.send({ jsonrpc: "2.0", id: 1, method: "evaluate", params });
    await eventually(() => raw.messages.some(({ method }) => method === "run.output"), "the task has begun");
    raw.send({ jsonrpc: "2.0", id: 2, method: "cancel", params: { run: "stubborn", waitMs: 60_000 } });
    expect(await raw.response(1)).toMatchObject({ error: { data: { code: "TIMEOUT", state: "running" } } });
    expect(raw.messages.some(({ id }) => id === 2)).toBe(false);
    expect(await raw.response(2)).toMatchObject({ result: { run: "stubborn", state: "stopped" } });
    await raw.close();
  });

  test("does not hold the app up when there are too many", async () => {
    const sessions = await Promise.all(Array.from({ length: 9 }, open));
    const outcomes = await Promise.allSettled(sessions.map((session) => session.evaluate("1")));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(8);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "TOO_MANY" } });
    for (const session of sessions) session.close();
    await noEvaluatorIsLeft();
  });
});

test("an agent that closes leaves no evaluator behind", async () => {
  const closing = await startApp("shop.mjs", { args: ["--close-on-term"], env: { GRACE_MS: "100" } });
  const running = startRemsh(["rpc", "print('begun'); for (;;);"], { env: closing.env });
  await running.printed("begun");
  expect(evaluators(closing)).toHaveLength(1);
  closing.child.kill("SIGTERM");
  expect(await running.finished).toMatchObject({ code: 130 });
  await noEvaluatorIsLeft(closing);
  await stop(closing);
});
