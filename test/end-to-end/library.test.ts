// remsh/client against a real app.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import path from "node:path";
import { TaskError, RpcError, connect, instances, type Client, type RunOutput, type RunProgress } from "remsh/client";
import { removeTemporary, start, startApp, stop, temporaryDirectory, type App } from "./processes.ts";
import { suspend } from "../system-processes.ts";

/** Two shared cores may be late now and then, and not every time. */
const TRIES = 5;

let app: App;
let shop: Client;
beforeAll(async () => {
  app = await startApp("shop.mjs");
  shop = await app.connect();
});
afterAll(async () => {
  await shop.close();
  await app.stop();
  removeTemporary();
});

/** What a promise rejects with, as far as a caller tells errors apart. */
async function failure(promise: Promise<unknown>): Promise<RpcError | TaskError> {
  const error = await promise.then(
    (value) => expect.unreachable(`it resolved to ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof RpcError || error instanceof TaskError) return error;
  throw error;
}

describe("call", () => {
  test("takes arguments and options, and does without them", async () => {
    expect(await shop.call("Value.text")).toBe("plain text");
    expect(await shop.call("Release.add", [1, 2])).toBe(3);
    expect(await shop.call("Release.add", [1, 2], { timeoutMs: 5000 })).toBe(3);
    expect(await shop.call("Value.nothing", undefined, { run: "my-run" })).toBeUndefined();
    expect(await shop.call("Release.seed")).toEqual({ count: 10, role: "guest" });
  });

  test("carries rich values both ways", async () => {
    const args = [new Date(0), 12345678901234567890n, new Map([[1, new Set(["a"])]]), undefined, -0, Buffer.from("b")];
    expect(await shop.call("Release.show", args)).toStrictEqual(args);
    expect(await shop.call("Value.rich")).toMatchObject({ big: 12345678901234567890n, date: new Date(0), zero: -0 });
    const cycle = (await shop.call("Value.cycle")) as { self: unknown };
    expect(cycle.self).toBe(cycle);
  });

  test("keeps hundreds of calls at once apart", async () => {
    const sums = Array.from({ length: 100 }, (_, index) => shop.call("Release.add", [index, 1]));
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  test("hands each run's output and progress to its own listener, all before it resolves", async () => {
    const heard: (RunOutput | RunProgress)[] = [];
    const listeners = {
      onOutput: (each: RunOutput) => heard.push(each),
      onProgress: (each: RunProgress) => heard.push(each),
    };
    const quiet = shop.call("Release.migrate");
    await shop.call("Job.wait", [{ ms: 10, steps: 2 }], { run: "heard", ...listeners });
    expect(heard).toEqual([
      { run: "heard", seq: 1, stream: "stdout", text: "waiting\n" },
      { run: "heard", seq: 2, done: 1, total: 2, message: "step" },
      { run: "heard", seq: 3, done: 2, total: 2, message: "step" },
    ]);
    await quiet;
  });

  test("rejects with what a listener throws, and the client goes on", async () => {
    const onOutput = () => {
      throw new RangeError("a fault of the caller");
    };
    await expect(shop.call("Release.migrate", [], { onOutput })).rejects.toThrow("a fault of the caller");
    expect(await shop.call("Value.text")).toBe("plain text");
  });

  test("rejects with a TaskError when the task threw, with the error's own code and causes", async () => {
    const error = await failure(shop.call("Throw.error", [], { run: "throwing" }));
    expect(error).toBeInstanceOf(TaskError);
    expect(error).toMatchObject({
      name: "TaskError",
      message: "no such table",
      code: "42P01",
      run: "throwing",
      thrown: { name: "Error", detail: { table: "users" }, cause: { name: "TypeError", cause: "the root" } },
    });
    expect((await failure(shop.call("Throw.verdict"))) as TaskError).toMatchObject({ exitCode: 75, code: "PENDING" });
    expect(((await failure(shop.call("Throw.string"))) as TaskError).thrown).toBe("only text");
    const rich = { at: new Date(5), tables: new Map([["users", 3n]]) };
    expect(((await failure(shop.call("Throw.rich"))) as TaskError).thrown).toEqual(rich);
    expect((await failure(shop.call("Throw.aggregate"))) as TaskError).toMatchObject({
      thrown: { errors: [{ message: "first" }, { name: "RangeError" }] },
    });
  });

  test.each([
    ["Nope.nope", [], { code: "UNKNOWN_TASK" }],
    ["Release.seed", [{ role: "king" }], { code: "BAD_ARGUMENTS" }],
    ["Value.callback", [], { code: "NOT_SERIALIZABLE", state: "stopped", text: "{ run: [Function: run] }" }],
    ["Release.show", [() => 1], { code: "NOT_SERIALIZABLE", state: "not-started" }],
    ["Release.show", [Symbol("s")], { code: "NOT_SERIALIZABLE", state: "not-started" }],
    ["Value.huge", [], { code: "LIMIT_EXCEEDED" }],
    ["Release.show", ["x".repeat(5 * 1024 * 1024)], { code: "LIMIT_EXCEEDED", state: "not-started" }],
  ])("rejects with an RpcError that a program can tell: %s", async (task, args, told) => {
    const error = await failure(shop.call(task, args));
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject(told);
  });

  test("of more than the agent takes leaves the other calls alone", async () => {
    const other = shop.call("Job.wait", [{ ms: 100 }]);
    await failure(shop.call("Release.show", ["x".repeat(5 * 1024 * 1024)]));
    expect(await other).toBe("waited");
  });

  test("nested deeper than the agent reads arrives all the same", async () => {
    let deep: unknown = "the end";
    for (let level = 0; level < 500; level++) deep = [deep];
    expect(await shop.call("Release.show", [deep])).toEqual([deep]);
  });

  test("rejects at its deadline and says what became of the task", async () => {
    expect(await failure(shop.call("Job.wait", [], { timeoutMs: 1000 }))).toMatchObject({
      code: "TIMEOUT",
      state: "stopped",
    });
    expect(await failure(shop.call("Job.wait", [], { timeoutMs: -1 }))).toMatchObject({ code: "BAD_ARGUMENTS" });
  });

  test.each<[unknown]>([["5s"], [Number.NaN], [1.5], [null]])(
    "with the time %s is refused, as JavaScript can give it",
    async (given) => {
      const time = given as number;
      // Each many times: a limit that is no number passed at once, and was now before and now after the agent's answer.
      for (let count = 0; count < 20; count++) {
        const refused = await Promise.all([
          failure(shop.call("Job.wait", [], { timeoutMs: time })),
          failure(shop.ping({ ready: true, timeoutMs: time })),
          failure(shop.cancel("none", { waitMs: time })),
        ]);
        const range = "a whole number of milliseconds from 1 to 2147483647";
        const code = "BAD_ARGUMENTS";
        expect(refused).toMatchObject([
          { code, message: `Cannot wait that long: a time is ${range}` },
          { code, message: `Cannot read the parameters of "ping": "timeoutMs" must be ${range}` },
          { code, message: `Cannot read the parameters of "cancel": "waitMs" must be ${range}` },
        ]);
      }
    },
  );

  test("with a signal that has fired does not start the task", async () => {
    const before = (await shop.call("Job.state")) as { started: number };
    const error = await failure(shop.call("Job.wait", [], { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: "CANCELLED", state: "not-started" });
    expect(await shop.call("Job.state")).toMatchObject({ started: before.started });
  });

  test("is cancelled by its signal, at whatever moment it fires", async () => {
    for (const turns of [0, 1, 2, 3, 5, 10]) {
      const abort = new AbortController();
      // Arguments that load the encoder first: the abort falls into the middle of sending.
      const call = failure(shop.call("Job.wait", [{ ms: 5000, extra: new Date() }], { signal: abort.signal }));
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      abort.abort();
      expect(await call).toMatchObject({ code: "CANCELLED" });
    }
    expect(await shop.runs()).toEqual([]);
  });

  test("rejects at once when its signal fires, and says what became of the task; cancel waits for its end", async () => {
    const times: number[] = [];
    for (let round = 1; round <= TRIES; round++) {
      const run = round === TRIES ? "left-behind" : `left-${round}`;
      const abort = new AbortController();
      let aborted = 0;
      const onOutput = () => {
        aborted = performance.now();
        abort.abort();
      };
      const call = shop.call("Job.stubborn", [5000], { signal: abort.signal, run, onOutput });
      expect(await failure(call)).toMatchObject({
        ...{ code: "CANCELLED", state: "running", run },
        message: 'Cancelled "Job.stubborn": the task still runs',
      });
      times.push(performance.now() - aborted);
    }
    expect(Math.min(...times), times.join(", ")).toBeLessThan(300);
    expect(await shop.cancel("left-behind", { waitMs: 1 })).toEqual({ run: "left-behind", state: "running" });
    expect(await shop.cancel("left-behind", { waitMs: 20_000 })).toEqual({ run: "left-behind", state: "stopped" });
    // It has ended, which whoever left it running may still ask.
    expect(await shop.cancel("left-behind")).toEqual({ run: "left-behind", state: "stopped" });
  });

  test("of a stalled app that its signal ends has not started, and its deadline can be a Date", async () => {
    const stalled = await startApp("shop.mjs");
    const client = await stalled.connect();
    client.call("Job.blockForEver").catch(() => {}); // it ends with its process
    await expect.poll(async () => (await client.ping()).stalledMs, { timeout: 20_000 }).toBeGreaterThan(100);
    const signal = AbortSignal.timeout(50);
    expect(await failure(client.call("Value.text", [], { signal }))).toMatchObject({ state: "not-started" });
    const deadline = new Date(Date.now() + 100);
    expect(await failure(client.call("Value.text", [], { deadline, timeoutMs: 60_000 }))).toMatchObject({
      ...{ code: "TIMEOUT", state: "not-started" },
    });
    for (const [wrong, code] of [
      [new Date(0), "TIMEOUT"],
      [new Date(Number.NaN), "BAD_ARGUMENTS"],
      ["tomorrow", "BAD_ARGUMENTS"],
    ] as [Date, string][]) {
      const refused = await failure(client.call("Value.text", [], { deadline: wrong }));
      expect(refused).toMatchObject({ code, state: "not-started" });
    }
    await client.close();
    await stop(stalled);
  });

  test.each(["hello", null, { 0: "a", length: 1 }])("whose arguments are no list, as %j, is refused", async (args) => {
    const error = await failure(shop.call("Release.show", args as unknown as unknown[]));
    expect(error).toMatchObject({ code: "BAD_ARGUMENTS", state: "not-started" });
    expect(error.message).toContain('Cannot call "Release.show": its arguments must be a list');
  });

  test("waits for its turn where the agent takes no more, with its deadline counting, and cancel gets in", async () => {
    const client = await connect({ socket: app.socket, queued: 300 });
    const calls = Array.from({ length: 300 }, (_, index) =>
      client.call("Job.wait", [{ ms: 1000 }], { run: `many-${index}` }),
    );
    expect(await failure(client.call("Value.text", [], { timeoutMs: 100 }))).toMatchObject({
      ...{ code: "TIMEOUT", state: "not-started" },
    });
    const first = failure(calls[0]!);
    expect(await client.cancel("many-0")).toMatchObject({ state: "stopped" });
    const more = Promise.allSettled(Array.from({ length: 200 }, () => client.call("Value.text")));
    expect(await failure(client.call("Value.text"))).toMatchObject({ code: "TOO_MANY", state: "not-started" });
    expect(await first).toMatchObject({ code: "CANCELLED" });
    expect(await Promise.all(calls.slice(1))).toEqual(Array<string>(299).fill("waited"));
    expect((await more).map(({ status }) => status)).toContain("fulfilled");
    await client.close();
  });

  test("leaves nothing behind on its signal", async () => {
    const signal = new AbortController().signal;
    let listening = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => (listening++, add(...args));
    signal.removeEventListener = (...args: Parameters<typeof remove>) => (listening--, remove(...args));
    await shop.call("Value.text", [], { signal });
    await failure(shop.call("Throw.error", [], { signal }));
    expect(listening).toBe(0);
  });
});

test("runs lists what is in flight, and cancel stops it", async () => {
  const call = failure(shop.call("Job.wait", [], { run: "to-cancel" }));
  await expect.poll(() => shop.runs()).toMatchObject([{ run: "to-cancel", task: "Job.wait", state: "running" }]);
  expect(await shop.cancel("to-cancel")).toEqual({ run: "to-cancel", state: "stopped" });
  expect(await call).toMatchObject({ code: "CANCELLED", state: "stopped" });
  expect(await failure(shop.cancel("to-cancel"))).toMatchObject({ code: "UNKNOWN_RUN" });
});

test("evaluate evaluates an expression, with the options of a call", async () => {
  const heard: (string | undefined)[] = [];
  const onOutput = ({ text }: RunOutput) => heard.push(text);
  expect(await shop.evaluate("print('sum'); await Release.add(1, 2)", { onOutput, timeoutMs: 20_000 })).toBe(3);
  expect(heard).toEqual(["sum\n"]);
  expect(await failure(shop.evaluate("await Throw.error()"))).toMatchObject({ code: "42P01" });
  const rich = { at: new Date(5), tables: new Map([["users", 3n]]) };
  expect(await failure(shop.evaluate("await Throw.rich()"))).toMatchObject({ thrown: rich });
  expect(await failure(shop.evaluate("await Throw.rich().catch((e) => { throw e.thrown.tables })"))).toMatchObject({
    thrown: rich.tables,
  });
  expect(((await failure(shop.evaluate("throw undefined"))) as TaskError).thrown).toBeUndefined();
  expect(await failure(shop.evaluate("1 +"))).toMatchObject({ code: "BAD_ARGUMENTS", state: "not-started" });
});

test("cast begins a call and resolves to its run's id; a task that is not there is refused", async () => {
  const run = await shop.cast("Job.wait", [{ ms: 20_000 }]);
  await expect.poll(() => shop.runs()).toMatchObject([{ run, task: "Job.wait" }]);
  expect(await shop.cancel(run)).toEqual({ run, state: "stopped" });
  expect(await failure(shop.cast("Nope.nope"))).toMatchObject({ code: "UNKNOWN_TASK", state: "not-started" });
});

test("instances lists those that run here", async () => {
  const before = process.env.REMSH_RUNTIME_DIR;
  process.env.REMSH_RUNTIME_DIR = app.env.REMSH_RUNTIME_DIR;
  try {
    const other = await startApp("shop.mjs", { beside: app, env: { REMSH_INSTANCE: "web" } });
    const own = { app: "shop", instance: String(app.pid), socket: app.socket };
    expect(await instances({ app: "shop" })).toEqual([own, { app: "shop", instance: "web", socket: other.socket }]);
    await stop(other); // killed: its socket is still there
    expect(await instances({ app: "shop" })).toEqual([own]);
    expect(await instances({ app: "none" })).toEqual([]);
  } finally {
    process.env.REMSH_RUNTIME_DIR = before;
  }
});

test("ping, describe and stack answer", async () => {
  expect(await shop.ping()).toMatchObject({ status: "ok", app: "shop", version: "1.2.3", pid: app.pid });
  expect(await shop.ping({ ready: true })).toMatchObject({ ready: "ready" });
  const { tasks } = await shop.describe();
  expect(tasks.find(({ name }) => name === "Release.seed")).toMatchObject({ description: "Insert the demo users" });
  expect(await shop.stack()).toMatchObject({ state: "idle", frames: [] });
});

describe("close", () => {
  test("ends the calls in flight as lost; their runs go on", async () => {
    const client = await app.connect();
    const call = failure(client.call("Job.wait", [{ ms: 60_000 }], { run: "left" }));
    await expect.poll(() => shop.runs()).toHaveLength(1);
    await client.close();
    expect(await call).toMatchObject({ code: "CONNECTION_LOST", state: "unknown", run: "left" });
    expect(await shop.runs()).toMatchObject([{ run: "left", state: "running" }]);
    await shop.cancel("left");
  });

  test("may be called again, and nothing can be called after it", async () => {
    const client = await app.connect();
    await Promise.all([client.close(), client.close()]);
    await client.close();
    expect(await failure(client.call("Value.text"))).toMatchObject({
      code: "CONNECTION_LOST",
      message: "Cannot call: this client is closed",
    });
  });
});

describe("a connection that is lost", () => {
  test("in mid-call says that the task may or may not have finished; the next call says that nothing listens", async () => {
    const other = await startApp("shop.mjs");
    const client = await other.connect();
    const call = failure(client.call("Job.wait", [], { run: "r1" }));
    await expect.poll(() => client.runs()).toHaveLength(1);
    await stop(other);
    expect(await call).toMatchObject({
      code: "CONNECTION_LOST",
      state: "unknown",
      run: "r1",
      message: `Lost "${other.socket}" while "Job.wait" was running: the task may or may not have finished`,
    });
    expect(await failure(client.call("Value.text"))).toMatchObject({ code: "STALE_SOCKET" });
    await client.close();
  });

  test("is made anew for the next call when another agent has taken its place", async () => {
    const first = await startApp("shop.mjs", { env: { REMSH_INSTANCE: "web" } });
    const client = await first.connect();
    await stop(first);
    const second = await startApp("shop.mjs", { beside: first, env: { REMSH_INSTANCE: "web" } });
    expect(await client.ping()).toMatchObject({ pid: second.pid });
    await client.close();
    await stop(second);
  });
});

test("an open client keeps its process alive until it is closed, from CommonJS as well", async () => {
  const script = `
    const { connect, RpcError } = require("remsh/client");
    connect({ socket: process.argv[1] }).then(async (shop) => {
      console.log(await shop.call("Release.add", [1, 2]), typeof RpcError);
      setTimeout(() => shop.close().then(() => console.log("closed")), 50).unref();
    });`;
  const cwd = path.join(import.meta.dirname, "../..");
  const { finished } = start(process.execPath, ["--input-type=commonjs", "-e", script, "--", app.socket], { cwd });
  expect(await finished).toEqual({ stdout: "3 function\nclosed\n", stderr: "", code: 0 });
});

describe("against an agent whose process is suspended", () => {
  test("a call with a deadline is given up soon after it, state unknown", async () => {
    const other = await startApp("shop.mjs");
    const client = await other.connect();
    await suspend(other.pid);
    expect(await failure(client.call("Value.text", [], { timeoutMs: 50 }))).toMatchObject({
      code: "TIMEOUT",
      state: "unknown",
      message: 'Gave up on "Value.text" after 50 ms: the task may or may not have finished',
    });
    const closing = performance.now();
    await client.close();
    expect(performance.now() - closing).toBeLessThan(3000);
    await stop(other);
  });

  test("connect has a limit, and a client waits for it once, until it is back", async () => {
    const other = await startApp("shop.mjs");
    const client = await other.connect();
    await suspend(other.pid);
    const connecting = connect({ socket: other.socket, connectTimeoutMs: 200 });
    expect(await failure(connecting)).toMatchObject({ code: "TIMEOUT", state: "not-started" });
    expect(await failure(client.call("Value.text", [], { timeoutMs: 1000 }))).toMatchObject({ state: "unknown" });
    const begun = performance.now();
    for (let count = 0; count < 20; count++)
      expect(await failure(client.call("Value.text", [], { timeoutMs: 1000 }))).toMatchObject({ state: "not-started" });
    expect(await failure(client.ping())).toMatchObject({ code: "TIMEOUT" });
    expect(performance.now() - begun).toBeLessThan(5000);
    other.child.kill("SIGCONT");
    await expect.poll(() => client.call("Value.text").catch(() => "silent"), { timeout: 20_000 }).toBe("plain text");
    await client.close();
    await stop(other);
  });
});

test("a server that is no agent, or says nothing sensible, is told from one that is gone", async () => {
  const answers: [string, (socket: Socket) => void, string][] = [
    ["mail", (socket) => void socket.write("220 mail.example ESMTP\r\n"), "NOT_REMSH"],
    ["web", (socket) => void socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"), "NOT_REMSH"],
    ["other", (socket) => void socket.end("HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\n{}"), "NOT_REMSH"],
    ["gone", (socket) => void socket.destroy(), "CONNECTION_LOST"],
  ];
  for (const [name, answer, code] of answers) {
    const socket = path.join(temporaryDirectory(), `${name}.sock`);
    const server = createServer((client) => client.once("data", () => answer(client)));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    expect(await failure(connect({ socket })), name).toMatchObject({ code });
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a message of the agent that answers no question of ours changes nothing", async () => {
  const socket = path.join(temporaryDirectory(), "odd.sock");
  // Before the app's socket: adds a frame of its own behind the handshake.
  const odd = Buffer.from('{"jsonrpc":"2.0","id":99,"result":1}');
  const server = createServer((client) => {
    const agent = connectSocket(app.socket);
    client.pipe(agent);
    agent.once("data", (head) => {
      client.write(Buffer.concat([head, Buffer.from([0x81, odd.length]), odd, Buffer.from([0x81, 1, 0x7b])]));
      agent.pipe(client);
    });
    client.on("close", () => agent.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const client = await connect({ socket });
  expect(await client.call("Value.text")).toBe("plain text");
  await client.close();
  server.close();
});
