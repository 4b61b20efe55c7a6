// Why an app does not answer: each condition has a sentence, a code and an exit code of its own, for the command line and
// for the library alike.
import { mkdirSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RpcError, connect, type RpcCode } from "remsh/client";
import {
  eventually,
  remsh,
  removeTemporary,
  startApp,
  startRemsh,
  stop,
  temporaryDirectory,
  type App,
} from "./processes.ts";
import { suspend } from "../system-processes.ts";

interface Condition {
  code: RpcCode;
  exitCode: number;
  sentence: string | RegExp;
  /** The command; default `ping`. */
  words?: string[];
  env: Record<string, string>;
  /** What the library says, where it is not what the command line says. */
  library?: (env: Record<string, string>) => Promise<unknown>;
}

let apps: App[];
let servers: Server[];
const conditions: Record<string, () => Condition> = {
  "nothing listens": () => {
    const socket = path.join(temporaryDirectory(), "none.sock");
    return {
      env: { REMSH_SOCKET: socket },
      ...{ code: "NOT_LISTENING", exitCode: 69, sentence: `Cannot reach "${socket}": nothing listens there` },
    };
  },
  "stale socket": () => {
    const { env, pid, socket } = apps[0]!;
    const sentence = `Cannot reach shop ${pid}: the process that listened at "${socket}" is gone`;
    return { env, code: "STALE_SOCKET", exitCode: 69, sentence };
  },
  stalled: () => {
    const { env, pid } = apps[1]!;
    const told = `shop ${pid} is stalled: its event loop has not turned for [\\d.]+ m?s`;
    return {
      ...{
        env,
        code: "STALLED",
        exitCode: 75,
        sentence: new RegExp(`^${told}, at blockForEver \\(.*shop.mjs:\\d+\\)$`),
      },
      library: async (target) => {
        // A stalled app answers ping, and says so there; what needs its event loop fails.
        const client = await connectBy(target);
        const { status } = await client.ping();
        expect(status).toBe("stalled");
        return client.describe().finally(() => client.close());
      },
    };
  },
  "not ready": () => {
    const { env, pid } = apps[2]!;
    return {
      ...{ env, words: ["ping", "--ready"], code: "NOT_READY", exitCode: 75, sentence: `shop ${pid} is not-ready` },
      library: async (target) => {
        // Readiness is an answer there, and no error.
        const client = await connectBy(target);
        const { ready, pid: id } = await client.ping({ ready: true }).finally(() => client.close());
        throw new RpcError("NOT_READY", `shop ${id} is ${ready}`);
      },
    };
  },
  denied: () => {
    const directory = temporaryDirectory();
    mkdirSync(path.join(directory, "shop"), { mode: 0o755 });
    const sentence = `Cannot use the directory "${directory}/shop": others may use it (mode 755); chmod it to 700`;
    return { env: { REMSH_RUNTIME_DIR: directory, REMSH_APP: "shop" }, code: "DENIED", exitCode: 77, sentence };
  },
  "several instances": () => ({
    env: apps[3]!.env,
    ...{
      code: "SEVERAL_INSTANCES",
      exitCode: 64,
      sentence: /^Cannot choose: 2 instances of shop run here, \d+, \d+ \(name one/,
    },
  }),
  "unknown app": () => ({
    env: { ...apps[2]!.env, REMSH_APP: "shpo" },
    ...{
      code: "UNKNOWN_APP",
      exitCode: 69,
      sentence: "Cannot reach shpo: no app of that name runs here (running: shop)",
    },
  }),
  "no app named": () => ({
    env: { ...apps[2]!.env, REMSH_APP: "" },
    ...{
      code: "APP_NOT_NAMED",
      exitCode: 64,
      sentence: /^Cannot tell which app is meant: give --app.*\(running here: shop\)$/,
    },
  }),
  "not a remsh socket": () => {
    const socket = listen((client) => client.end("220 mail.example ESMTP\r\n"));
    const sentence = `Cannot reach "${socket}": what listens there is not a remsh agent`;
    return { env: { REMSH_SOCKET: socket }, code: "NOT_REMSH", exitCode: 69, sentence };
  },
  "protocol version not shared": () => {
    const message = "Cannot speak with this client: it offers remsh.v1, this agent speaks remsh.v9";
    const data = { code: "VERSION_NOT_SHARED" };
    const body = JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32027, message, data } });
    const socket = listen((client) =>
      client.end(`HTTP/1.1 400 Bad Request\r\nContent-Length: ${body.length + 1}\r\n\r\n${body}\n`),
    );
    return { env: { REMSH_SOCKET: socket }, code: "VERSION_NOT_SHARED", exitCode: 69, sentence: message };
  },
};

/** A server that answers every request so. */
function listen(answer: (client: Socket) => void): string {
  const socket = path.join(temporaryDirectory(), "other.sock");
  servers.push(createServer((client) => client.once("data", () => answer(client))).listen(socket));
  return socket;
}

/** Connects as a program would whose environment is this. */
function connectBy(env: Record<string, string>) {
  const before = { ...process.env };
  Object.assign(process.env, env);
  return connect().finally(() => (process.env = before));
}

beforeAll(async () => {
  servers = [];
  apps = await Promise.all([startApp("shop.mjs"), startApp("shop.mjs"), startApp("shop.mjs"), startApp("shop.mjs")]);
  apps.push(await startApp("shop.mjs", { beside: apps[3]! }));
  await stop(apps[0]!);
  const client = await apps[2]!.connect();
  await client.call("Job.ready", [false]);
  await client.close();
  const blocker = startRemsh(["rpc", "Job.blockForEver"], { env: apps[1]!.env });
  await eventually(async () => (await apps[1]!.remsh("ping")).code === 75, "the app is stalled");
  await stop(blocker);
});
afterAll(async () => {
  for (const server of servers) server.close();
  await Promise.all(apps.map((app) => app.stop()));
  removeTemporary();
});

// A folder without package.json, so that nothing names an app.
const cwd = "/";

describe.each(Object.entries(conditions))("%s", (_name, make) => {
  test("has its sentence and its exit code on the command line", async () => {
    const { words = ["ping"], env, exitCode, sentence } = make();
    const { stdout, stderr, code } = await remsh(words, { env, cwd });
    const expected: unknown = typeof sentence === "string" ? `${sentence}\n` : expect.stringMatching(sentence);
    expect({ stdout, stderr: typeof sentence === "string" ? stderr : stderr.trimEnd(), code }).toEqual({
      ...{ stdout: "", stderr: expected, code: exitCode },
    });
  });

  test("has its code with --json, in the one shape of every error", async () => {
    const { words = ["ping"], env, exitCode, code } = make();
    const { stdout, stderr, code: exited } = await remsh([...words, "--json"], { env, cwd });
    expect({ stdout: JSON.parse(stdout) as unknown, stderr, code: exited }).toMatchObject({
      stdout: { event: "error", error: { family: "rpc", code }, exitCode },
      ...{ stderr: "", code: exitCode },
    });
  });

  test("has the same code in the library", async () => {
    const { env, code, library = (target) => connectBy(target) } = make();
    const home = process.cwd();
    process.chdir(cwd);
    try {
      await expect(library(env)).rejects.toMatchObject({ name: "RpcError", code });
    } finally {
      process.chdir(home);
    }
  });
});

test("the codes of all conditions differ", () => {
  const codes = Object.values(conditions).map((make) => make().code);
  expect(new Set(codes).size).toBe(codes.length);
});

test("an app whose process is suspended does not hold ping for longer than its limit", async () => {
  const app = await startApp("shop.mjs");
  await suspend(app.pid);
  const began = performance.now();
  expect(await app.remsh("ping")).toEqual({
    stdout: "",
    stderr: `Cannot reach shop ${app.pid}: it accepted the connection and did not answer within 5 s\n`,
    code: 75,
  });
  expect(performance.now() - began).toBeLessThan(7000);
  const waited = performance.now();
  expect(await app.remsh("ping", "--wait", "300ms")).toMatchObject({ code: 75 });
  expect(performance.now() - waited).toBeLessThan(2500);
  await stop(app);
});

test("an app that goes away before the words are read has not started the task, and the error says so", async () => {
  const socket = path.join(temporaryDirectory(), "4711.sock");
  const server = createServer((connection) => connection.once("data", () => connection.destroy()));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  expect(await remsh(["rpc", "Release.seed", "3"], { env: { REMSH_SOCKET: socket } })).toEqual({
    stdout: "",
    stderr: `Lost "${socket}" before it answered "describe": the task did not start\n`,
    code: 69,
  });
  await new Promise((resolve) => server.close(resolve));
});
