// A deadline holds in whatever state the app is: each command, in this process, against apps and servers that do not answer.
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "remsh/client";
import { run } from "../../../client/cli/command-line.ts";
import { remote } from "../../../client/commands/remote.ts";
import type { Streams } from "../../../client/terminal/streams.ts";
import {
  eventually,
  removeTemporary,
  startApp,
  stop,
  temporaryDirectory,
  type App,
} from "../../end-to-end/processes.ts";
import { suspend } from "../../system-processes.ts";

const TIMEOUT = "500ms";
/** Of this process, which is as busy as the machine: without a deadline of their own these took 5 to 15 s. */
const SOON_MS = 3000;
/** docs/exit-codes.md promises that a command ends so long after its deadline. */
const AFTER_MS = 300;
/** A busy machine may be late now and then, and not every time. */
const TRIES = 5;

// vitest's own are of no type.
const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (pattern: string | RegExp): unknown => expect.stringMatching(pattern);

interface Told {
  code: number;
  stdout: string;
  stderr: string;
  ms: number;
}

function streams(env: Streams["env"]): { streams: Streams; told: { stdout: string; stderr: string } } {
  const told = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({ write: (text: string) => void (told[name] += text) });
  return { streams: { stdout: sink("stdout"), stderr: sink("stderr"), env }, told };
}

async function command(words: string[], env: Streams["env"]): Promise<Told> {
  const { streams: given, told } = streams(env);
  const begun = performance.now();
  const code = await run(words, given);
  return { ...told, code, ms: performance.now() - begun };
}

async function remoteOf(env: Streams["env"], timeoutMs: number): Promise<Told> {
  const { streams: given, told } = streams(env);
  const begun = performance.now();
  const code = await remote({ eval: "1 + 1", timeoutMs, socket: String(env.REMSH_SOCKET) }, given);
  return { ...told, code, ms: performance.now() - begun };
}

const servers: Server[] = [];
const clients = new Set<Socket>();

/** What listens there does this with each connection. */
function listen(answer: (client: Socket) => void): string {
  const socket = path.join(temporaryDirectory(), "odd.sock");
  const server = createServer((client) => {
    clients.add(client.on("error", () => {}));
    answer(client);
  });
  servers.push(server.listen(socket));
  return socket;
}

let suspended: App;
let stalled: App;
beforeAll(async () => {
  [suspended, stalled] = await Promise.all([startApp("shop.mjs"), startApp("shop.mjs")]);
  const client = await stalled.connect();
  client.call("Job.blockForEver").catch(() => {}); // it ends with its process
  await eventually(async () => (await client.ping()).status === "stalled", "the app is stalled");
  await client.close();
  await suspend(suspended.pid);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  for (const server of servers) server.close();
  await Promise.all([stop(suspended), stop(stalled)]);
  removeTemporary();
});

const COMMANDS = [
  ["ping"],
  ["ping", "--ready", "--wait"],
  ["status"],
  ["runs"],
  ["tasks"],
  ["stack"],
  ["pid"],
  ["cancel", "r1"],
  ["reload"],
  ["drain"],
  ["ready"],
  ["rpc", "Value.text"],
  ["rpc", "Release.show", "1"],
  ["rpc", "1 + 1"],
];

/** These take their deadline from the environment. */
const WITHOUT_OPTION = ["drain", "ready"];

/** Each command with a deadline, all at once. */
function allOf(socket: string): Promise<[string, Told][]> {
  const env = { REMSH_SOCKET: socket };
  const told = COMMANDS.map(async (words): Promise<[string, Told]> => [words.join(" "), await limited(words, env)]);
  return Promise.all([...told, remoteOf(env, 500).then((end): [string, Told] => ["remote -e", end])]);
}

function limited([name = "", ...rest]: string[], env: Streams["env"]): Promise<Told> {
  if (WITHOUT_OPTION.includes(name)) return command([name, ...rest], { ...env, REMSH_TIMEOUT: TIMEOUT });
  const limit = rest.at(-1) === "--wait" ? [...rest, TIMEOUT] : ["--timeout", TIMEOUT, ...rest];
  return command([name, ...limit], env);
}

describe.each<[string, () => string]>([
  ["whose process is suspended", () => suspended.socket],
  ["that accepts and says nothing", () => listen(() => {})],
  ["that sends a head and nothing more", () => listen((client) => client.write("HTTP/1.1 200 OK\r\n\r\n"))],
  ["that sends half an answer", () => listen((client) => client.write('HTTP/1.1 200 OK\r\n\r\n{"id":1,"resul'))],
])("against an app %s", (_state, where) => {
  test("every command ends at its deadline, with 75", async () => {
    for (const [words, { code, stderr, ms }] of await allOf(where())) {
      expect({ words, code, isSoon: ms < SOON_MS, stderr }).toMatchObject({ words, isSoon: true });
      // What is no WebSocket's answer is told from silence, at once.
      if (words === "remote -e") expect([69, 75]).toContain(code);
      else expect({ words, code }).toEqual({ words, code: 75 });
      if (words === "rpc Value.text")
        expect(stderr).toBe('Gave up on "Value.text" after 500 ms: the task may or may not have finished\n');
      if (words === "rpc Release.show 1")
        expect(stderr).toMatch(
          /^Gave up on "Release\.show" after 500 ms: the task did not start \(Cannot reach .*\)\n$/,
        );
    }
  });
});

test("against a stalled app every command ends at its deadline, and what is known is said", async () => {
  const told = new Map(await allOf(stalled.socket));
  for (const [words, { ms }] of told) expect({ words, isSoon: ms < SOON_MS }).toEqual({ words, isSoon: true });
  // A machine that is busy for a quarter of a second at the deadline makes of each "may or may not have finished".
  const says = (words: string, [code, stream, text]: [number, "stdout" | "stderr", RegExp]) =>
    eventually(async () => {
      const [name = "", ...rest] = words.split(" ");
      const end = await command([name, "--timeout", TIMEOUT, ...rest], { REMSH_SOCKET: stalled.socket });
      return end.code === code && text.test(end[stream]);
    }, `${words}: ${text.source}`);
  await says("ping", [75, "stderr", /is stalled: .*blockForEver/]);
  await says("status", [0, "stdout", /stalled/]);
  await says("runs", [0, "stdout", /Job\.blockForEver/]);
  await says("stack", [0, "stdout", /blockForEver/]);
  await says("rpc Value.text", [75, "stderr", /^Gave up on "Value\.text" after 500 ms: the task did not start\n$/]);
  const notStarted = /^Gave up on "Release\.show" after 500 ms: the task did not start( \(.* is stalled: .*\))?\n$/;
  await says("rpc Release.show 1", [75, "stderr", notStarted]);
  await says("rpc 1+1", [75, "stderr", /^Gave up on "1\+1" after 500 ms: the expression did not start\n$/]);
});

describe(`within ${AFTER_MS} ms of its deadline`, () => {
  const apps: [string, () => App][] = [
    ["suspended", () => suspended],
    ["stalled", () => stalled],
  ];
  const commands = [
    ["ping", "--timeout", "200ms"],
    ["rpc", "--timeout", "200ms", "Value.text"],
    ["cancel", "--timeout", "200ms", "r1"],
  ];
  test.each(apps.flatMap(([state, app]) => commands.map((words) => ({ state, words, app }))))(
    "$words.0 ends against a $state app",
    async ({ words, app }) => {
      await best(200, async () => {
        const { code, ms } = await command(words, { REMSH_SOCKET: app().socket });
        expect(code).toBe(75);
        return ms;
      });
    },
  );

  test.each<[string, (client: Socket) => void]>([
    ["accepts and is silent", () => {}],
    ["sends half a head", (client) => client.write("HTTP/1.1 101 Switching Protocols\r\nUpgr")],
    ["sends half a refusal", (client) => client.write("HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\n{")],
  ])("the library gives up connecting to a server that %s", async (_what, answer) => {
    const socket = listen(answer);
    await best(200, async () => {
      const begun = performance.now();
      await expect(connect({ socket, connectTimeoutMs: 200 })).rejects.toMatchObject({
        code: "TIMEOUT",
        state: "not-started",
      });
      return performance.now() - begun;
    });
  });

  test.each([
    ["is silent", Buffer.alloc(0)],
    ["sends half an answer", Buffer.from([0x81, 40, ...Buffer.from('{"jsonrpc":"2.0","id":1,"resul')])],
  ])("the library gives up a call to a server that accepts the connection and %s", async (_what, half) => {
    const socket = listen((server) =>
      server.once("data", (request) => {
        server.write(acceptance(request.toString()));
        server.once("data", () => server.write(half));
      }),
    );
    await best(200, async () => {
      const client = await connect({ socket });
      const begun = performance.now();
      await expect(client.call("Value.text", [], { timeoutMs: 200 })).rejects.toMatchObject({
        code: "TIMEOUT",
        state: "unknown",
      });
      const ms = performance.now() - begun;
      await client.close();
      return ms;
    });
  });

  /** The head that makes the connection a WebSocket. */
  function acceptance(request: string): string {
    const key = /^sec-websocket-key: (.*)\r$/im.exec(request)?.[1] ?? "";
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    return [...head, `Sec-WebSocket-Accept: ${accept}`, "Sec-WebSocket-Protocol: remsh.v1", "\r\n"].join("\r\n");
  }

  /** Repeats it until it has once ended in time. */
  async function best(timeoutMs: number, once: () => Promise<number>): Promise<void> {
    const times: number[] = [];
    while (times.length < TRIES && !(Math.min(...times) < timeoutMs + AFTER_MS)) times.push(await once());
    expect(Math.min(...times), times.join(", ")).toBeLessThan(timeoutMs + AFTER_MS);
  }
});

describe("the default deadline of a call", () => {
  let root: string;
  const call = (env: Streams["env"], ...options: string[]) =>
    command(["rpc", ...options, "Value.text"], { REMSH_ROOT: root, REMSH_RUNTIME_DIR: runtime(), ...env });
  const runtime = () => path.dirname(path.dirname(suspended.socket));
  const manifest = (timeout: unknown) =>
    writeFileSync(path.join(root, "package.json"), JSON.stringify({ name: "shop", remsh: { timeout } }));
  beforeAll(() => {
    root = mkdtempSync(path.join(os.tmpdir(), "rs-"));
    mkdirSync(path.join(root, "lib"));
    chmodSync(root, 0o755);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test("is package.json's, then REMSH_TIMEOUT, then what the command says; it is a duration", async () => {
    manifest("300ms");
    expect(await call({})).toMatchObject({ code: 75, stderr: containing("after 300 ms") });
    expect(await call({ REMSH_TIMEOUT: "200ms" })).toMatchObject({ stderr: containing("after 200 ms") });
    const named = await call({ REMSH_TIMEOUT: "1h" }, "--timeout", "100ms");
    expect(named).toMatchObject({ stderr: containing("after 100 ms") });
    for (const bad of ["soon", "0s", 5]) {
      manifest(bad);
      const { code, stderr } = await call({});
      expect({ code, stderr }).toMatchObject({
        code: 78,
        stderr: matching(`^Cannot use package.json: "remsh.timeout" must be a duration, not "${bad}": `),
      });
    }
    expect(await call({ REMSH_TIMEOUT: "soon" })).toMatchObject({
      code: 64,
      stderr: 'Cannot read REMSH_TIMEOUT "soon": write it as 300ms, 30s, 5m or 2h\n',
    });
    expect(await call({}, "--timeout", "0s")).toMatchObject({
      code: 64,
      stderr: 'Cannot read --timeout "0s": it must be longer than that\n',
    });
    // Another app's package.json says nothing of this one, and REMSH_TIMEOUT also limits what only asks.
    expect(await command(["runs"], { REMSH_SOCKET: suspended.socket, REMSH_TIMEOUT: "300ms" })).toMatchObject({
      code: 75,
      stderr: containing("did not answer within 300 ms"),
    });
  });

  test("is lifted by none", async () => {
    manifest("1ms");
    const env = { REMSH_ROOT: root, REMSH_RUNTIME_DIR: path.dirname(path.dirname(suspended.socket)) };
    const other = await startApp("shop.mjs");
    const there = { ...env, REMSH_RUNTIME_DIR: other.env.REMSH_RUNTIME_DIR };
    expect(await command(["rpc", "--app", "shop", "--timeout", "none", "Value.text"], there)).toMatchObject({
      code: 0,
    });
    expect(await command(["rpc", "--app", "shop", "Value.text"], { ...there, REMSH_TIMEOUT: "none" })).toMatchObject({
      code: 0,
    });
    await stop(other);
  });
});
