import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import WebSocket from "ws";
import type { Client } from "remsh/client";
import { removeTemporary, startApp, type App } from "./processes.ts";
import { ask, callOf, exchangeBytes, openBare, openRaw, type RawSocket } from "./raw.ts";

afterAll(removeTemporary);

/** Deep enough for any stack, and not yet too many values. */
const DEEP = 150_000;
const WIDE = 1_000_000;
const FOUR_MB = 4 * 1024 * 1024;

/** No answer of the app's own server may take so long, whatever the agent is sent. (Some 20 ms where nothing else runs.) */
const SLOWEST_MS = 5000;
/** And most of them are far sooner there. */
const MEDIAN_MS = 1000;

let app: App;
let client: Client;
beforeAll(async () => {
  app = await startApp("shop.mjs");
  client = await app.connect();
});
afterAll(async () => {
  await client.close();
  await app.stop();
});

/** Asks the app's own server all the while. */
class Watch {
  readonly #times: number[] = [];
  readonly #watching: Promise<void>;
  #over = false;
  #tellBegun: () => void = () => {};
  /** Resolves when the first answer has come: from then on it has its one connection. */
  readonly begun = new Promise<void>((resolve) => (this.#tellBegun = resolve));

  constructor() {
    this.#watching = this.#ask();
  }

  /** Asks at least fifty times in all; resolves to how long the answers took. */
  async result(): Promise<{ medianMs: number; slowestMs: number }> {
    // What has been answered by now is what was asked meanwhile.
    const meanwhile = this.#times.length;
    this.#over = true;
    await this.#watching;
    const asked = this.#times.slice(0, Math.max(meanwhile, 1)).sort((a, b) => a - b);
    return { medianMs: asked[Math.floor(asked.length / 2)] ?? Infinity, slowestMs: Math.max(...this.#times) };
  }

  async #ask(): Promise<void> {
    while (!this.#over || this.#times.length < 50) {
      const begun = performance.now();
      const response = await fetch(`http://127.0.0.1:${app.port}/`);
      expect(await response.text()).toBe("hello\n");
      this.#times.push(performance.now() - begun);
      this.#tellBegun();
    }
  }
}

// After each of them the app has answered as fast as ever, and so has the agent.
let watch: Watch;
beforeEach(async () => {
  watch = new Watch();
  await watch.begun;
});
afterEach(async () => {
  const { medianMs, slowestMs } = await watch.result();
  expect(medianMs).toBeLessThan(MEDIAN_MS);
  expect(slowestMs).toBeLessThan(SLOWEST_MS);
  expect(await client.ping()).toMatchObject({ status: "ok" });
  expect(await client.call("Release.add", [1, 2])).toBe(3);
  expect(app.output.stderr).not.toContain("RemshWarning");
});

describe("over a WebSocket", () => {
  test.each([
    ["what is not JSON", "hello", "it is not JSON"],
    ["an empty message", "", "it is not JSON"],
    ["a batch", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', "a message must be one JSON object"],
    ["null", "null", "a message must be one JSON object"],
    ["a number", "1e999", "a message must be one JSON object"],
    ["another version of JSON-RPC", '{"jsonrpc":"1.0","id":1,"method":"ping"}', '"jsonrpc" must be "2.0"'],
    ["no method", '{"jsonrpc":"2.0","id":1}', '"method" must be a string'],
    ["an answer to a request never made", '{"jsonrpc":"2.0","id":1,"result":{}}', '"method" must be a string'],
    ["a notification", '{"jsonrpc":"2.0","method":"ping"}', '"id" must be'],
    ["an id that is no id", '{"jsonrpc":"2.0","id":{},"method":"ping"}', '"id" must be'],
    ["an id that is too long", `{"jsonrpc":"2.0","id":"${"x".repeat(129)}","method":"ping"}`, '"id" must be'],
    ["a fractional id", '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', '"id" must be'],
    ["params in an array", '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', '"params" must be an object'],
    ["brackets without end", "[".repeat(DEEP), "it is not JSON"],
    ["a million brackets", "[".repeat(WIDE), "it holds more than 200,000 values"],
    ["objects without end", '{"a":'.repeat(DEEP / 2), "it is not JSON"],
    [
      "nesting deeper than the stack",
      `{"jsonrpc":"2.0","params":${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`,
      "nested deeper than 100 levels",
    ],
  ])("%s is answered with an error and the end of the connection", async (_what, text, reason) => {
    const raw = await openRaw(app);
    raw.send(text);
    raw.send({ jsonrpc: "2.0", id: "after", method: "ping" });
    const { error } = await raw.response(null);
    expect(error?.message).toContain(reason);
    expect(error?.data?.code).toMatch(/^(BAD_MESSAGE|LIMIT_EXCEEDED)$/);
    expect(await raw.closed).toMatchObject({
      code: 4400,
      reason: expect.stringContaining("Cannot read the message") as string,
    });
    expect(raw.messages).toHaveLength(1);
  });

  test("an id that is in flight is refused", async () => {
    const raw = await openRaw(app);
    raw.send(callOf(1, "Job.wait", { args: [{ ms: 100 }] }));
    raw.send(callOf(1, "Job.wait", { args: [{ ms: 100 }] }));
    expect((await raw.response(null)).error?.message).toContain("id 1 is in flight already");
    expect(await raw.closed).toMatchObject({ code: 4400 });
  });

  test("an id may come again when it has been answered", async () => {
    const raw = await openRaw(app);
    for (let round = 1; round <= 3; round++) {
      raw.send({ jsonrpc: "2.0", id: 1, method: "ping" });
      while (raw.messages.length < round) await once(raw.socket, "message");
    }
    await raw.close();
  });

  test("an unknown method, and parameters that do not fit, are answered, and the connection stays", async () => {
    const raw = await openRaw(app);
    const questions: [object, string][] = [
      [{ method: "eval" }, "NOT_SUPPORTED"],
      [{ method: "__proto__" }, "NOT_SUPPORTED"],
      [{ method: "call" }, "BAD_ARGUMENTS"],
      [{ method: "call", params: { task: 1 } }, "BAD_ARGUMENTS"],
      [{ method: "call", params: { task: "Release.empty", run: "../x" } }, "BAD_ARGUMENTS"],
      [{ method: "call", params: { task: "Release.empty", args: "text" } }, "BAD_ARGUMENTS"],
      [{ method: "call", params: { task: "Release.empty", args: { length: 1e9 } } }, "BAD_ARGUMENTS"],
      [{ method: "call", params: { task: "Release.empty", args: "garbage", encoding: "devalue" } }, "BAD_ARGUMENTS"],
      [{ method: "call", params: { task: "Release.empty", args: [], encoding: "zip" } }, "BAD_ARGUMENTS"],
      [{ method: "cancel" }, "BAD_ARGUMENTS"],
      [{ method: "cancel", params: { run: "x", waitMs: 1e12 } }, "BAD_ARGUMENTS"],
    ];
    for (const [index, [question, code]] of questions.entries()) {
      raw.send({ jsonrpc: "2.0", id: index, ...question });
      expect((await raw.response(index)).error?.data, JSON.stringify(question)).toMatchObject({ code });
    }
    await raw.close();
  });

  test("what will be refused costs the app nothing: a name that is no task's, a number of two million digits", async () => {
    await client.describe();
    const raw = await openRaw(app);
    const digits = JSON.stringify([[1], ["BigInt", "9".repeat(2_000_000)]]);
    raw.send(callOf(1, "Release.add", { args: digits, encoding: "devalue" }));
    expect((await raw.response(1)).error?.data).toMatchObject({ code: "LIMIT_EXCEEDED", state: "not-started" });
    for (let id = 2; id < 5; id++) raw.send(callOf(id, "Release.ad", { args: digits, encoding: "devalue" }));
    expect((await raw.response(4)).error?.message).toContain('did you mean "Release.add"?');
    await raw.close();
  });

  test("what is too wide, or too large for what it asks, is refused unread, and the connection stays", async () => {
    const raw = await openRaw(app);
    const wide = Array.from({ length: 200_001 }, () => []);
    raw.send(callOf(1, "Release.add", { args: [wide] }));
    expect((await raw.response(1)).error).toMatchObject({
      message: "Cannot read the message: it holds more than 200,000 values",
      data: { code: "LIMIT_EXCEEDED", state: "not-started" },
    });
    raw.send(callOf(2, "Release.add", { args: JSON.stringify([[1], ...wide]), encoding: "devalue" }));
    expect((await raw.response(2)).error?.data).toMatchObject({ code: "LIMIT_EXCEEDED" });
    raw.send({ jsonrpc: "2.0", id: 3, method: "runs", params: { more: "x".repeat(65_536) } });
    expect((await raw.response(3)).error?.data).toMatchObject({ code: "LIMIT_EXCEEDED" });
    // An id that stands elsewhere is not looked for.
    raw.send({ jsonrpc: "2.0", method: "call", params: { task: "Release.add", args: wide }, id: 4 });
    expect(await raw.closed).toMatchObject({ code: 4400 });
  });

  test("requests that come together from a client that does not read are answered in order when it does", async () => {
    const raw = await openRaw(app);
    raw.socket.pause();
    for (let id = 0; id < 3000; id++) raw.send({ jsonrpc: "2.0", id, method: "describe" });
    raw.socket.resume();
    await raw.response(2999);
    expect(raw.messages.map(({ id }) => id)).toEqual(Array.from({ length: 3000 }, (_, id) => id));
    await raw.close();
  });

  test("a prototype in the parameters pollutes nothing", async () => {
    const raw = await openRaw(app);
    raw.send(
      '{"jsonrpc":"2.0","id":1,"method":"call","params":{"task":"Release.show","args":[{"__proto__":{"polluted":1}}],"__proto__":{"run":"x"}}}',
    );
    expect((await raw.response(1)).result).toBeDefined();
    raw.send(callOf(2, "Release.show", { args: [{}] }));
    expect((await raw.response(2)).result).toMatchObject({ value: [{}] });
    expect(JSON.stringify((await raw.response(2)).result)).not.toContain("polluted");
    await raw.close();
  });

  test("a binary message ends the connection with 1003", async () => {
    const raw = await openRaw(app);
    raw.socket.send(Buffer.from([1, 2, 3]));
    expect(await raw.closed).toMatchObject({ code: 1003 });
  });

  test("a message that is too large ends the connection with 1009", async () => {
    const raw = await openRaw(app);
    raw.send(`"${"x".repeat(FOUR_MB)}"`);
    expect(await raw.closed).toMatchObject({ code: 1009 });
  });

  test("text that is not UTF-8 ends the connection", async () => {
    const raw = await openRaw(app);
    raw.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await raw.closed).toMatchObject({ code: 1007 });
  });

  test("fragments without end end the connection", async () => {
    const raw = await openRaw(app);
    let sent = 0;
    const more = (): void => {
      if (raw.socket.readyState !== WebSocket.OPEN || sent++ > 100_000) return;
      raw.socket.send("x", { fin: false }, more);
    };
    more();
    expect(await raw.closed).toMatchObject({ code: 1008 });
    expect(sent).toBeLessThan(100_000);
  });

  test("frames that break the WebSocket protocol end the connection", async () => {
    const raw = await openRaw(app);
    // ws keeps the socket to itself; what it cannot be made to send is written past it.
    const socket = (raw.socket as unknown as { _socket: Socket })._socket;
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect((await raw.closed).code).toBe(1002);
  });

  test("more requests at once than the limit are refused, and the others are answered", async () => {
    const raw = await openRaw(app);
    for (let id = 0; id < 200; id++) raw.send(callOf(id, "Job.wait", { args: [{ ms: 200 }] }));
    const answers = await Promise.all(Array.from({ length: 200 }, (_, id) => raw.response(id)));
    expect(answers.filter(({ result }) => result).length).toBe(128);
    expect(answers.filter(({ error }) => error?.data?.code === "TOO_MANY").length).toBe(72);
    await raw.close();
  });

  test("a client that asks and does not read waits for itself alone, and gets its answers when it reads", async () => {
    const before = (await client.ping()).rssBytes;
    const raw = await openRaw(app);
    raw.socket.pause();
    for (let id = 0; id < 80; id++) raw.send(callOf(id, "Value.large"));
    expect(await client.call("Value.large")).toHaveLength(1_048_576);
    expect(((await client.ping()).rssBytes - before) / 1_048_576).toBeLessThan(200);
    raw.socket.resume();
    await Promise.all(Array.from({ length: 80 }, (_, id) => raw.response(id)));
    await raw.close();
  });

  test("results that nobody reads are not made: thirty clients cost the app no more memory than one", async () => {
    const before = (await client.ping()).rssBytes;
    const open = await Promise.all(Array.from({ length: 30 }, () => openRaw(app)));
    for (const { socket } of open) socket.pause();
    for (const raw of open) for (let id = 0; id < 100; id++) raw.send(callOf(id, "Value.large"));
    let highest = before;
    for (let look = 0; look < 100; look++) highest = Math.max(highest, (await client.ping()).rssBytes);
    // A client that reads gets its large result as soon as one that does not has made room.
    expect(await client.call("Value.large")).toHaveLength(1_048_576);
    expect((highest - before) / 1_048_576).toBeLessThan(300);
    await Promise.all(open.map((raw) => raw.close()));
  });

  test("a client that speaks only unknown subprotocols is told both", async () => {
    const socket = new WebSocket("ws://localhost/", ["remsh.v9"], { createConnection: () => connect(app.socket) });
    const [, response] = (await once(socket, "unexpected-response")) as [
      unknown,
      NodeJS.ReadableStream & { statusCode: number },
    ];
    let body = "";
    for await (const chunk of response) body += String(chunk);
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(body)).toMatchObject({
      error: {
        message: "Cannot speak with this client: it offers remsh.v9, this agent speaks remsh.v1",
        data: { code: "VERSION_NOT_SHARED" },
      },
    });
  });
});

describe("over HTTP", () => {
  test.each([
    ["garbage", "\x00\x01\x02\r\n\r\n", 400],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n", 400],
    ["a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["headers that are too large", `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["two lengths", "POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400],
    ["a path that is none", "GET //[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400],
    ["another path", "GET /etc/passwd HTTP/1.0\r\n\r\n", 404],
    ["another method", "DELETE /livez HTTP/1.0\r\n\r\n", 404],
    ["a timeout that is none", "GET /livez?timeout=x HTTP/1.0\r\n\r\n", 400],
    ["a foreign host", "GET /livez HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 403],
    ["two hosts", "GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 403],
    ["a page", "GET /livez HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nConnection: close\r\n\r\n", 403],
    [
      "an upgrade to something else",
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
      400,
    ],
  ])("%s is refused", async (_what, text, status) => {
    const answer = await exchangeBytes(app, Buffer.from(text, "latin1"));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/"error":\{"code":-\d+,"message":"Cannot /);
  });

  test.each([
    ["a page", { origin: "http://localhost:3000" }],
    ["a foreign host", { host: "evil.example:80" }],
  ])("%s gets no WebSocket", async (_what, headers) => {
    const socket = new WebSocket("ws://localhost/", ["remsh.v1"], {
      createConnection: () => connect(app.socket),
      headers,
    });
    socket.on("error", () => {}); // the refusal is what is looked at
    const [, response] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(403);
    socket.terminate();
  });

  test.each([
    ["what is not JSON", "hello", "BAD_MESSAGE"],
    ["a batch", "[]", "BAD_MESSAGE"],
    ["nesting without end", `{"a":${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`, "LIMIT_EXCEEDED"],
  ])("POST of %s is answered with 400", async (_what, body, code) => {
    const answer = await ask(app, { method: "POST", path: "/rpc", body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ id: null, error: { data: { code } } });
  });

  test("POST of what is too large is answered with 413 before it is all sent", async () => {
    const head = `POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${FOUR_MB * 1000}\r\n\r\n`;
    const socket = await openBare(app);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    let answer = "";
    socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
    const block = Buffer.alloc(65_536, "x");
    const more = (): void => void (socket.writable && answer === "" && socket.write(block, more));
    socket.write(head, more);
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("a body that never ends, and headers that come one by one, are given up", async () => {
    const slow = await openBare(app);
    slow.write("GET /livez HTTP/1.1\r\nHost: localhost\r\n");
    const drip = setInterval(() => slow.write("X-A: b\r\n"), 200);
    let answer = "";
    slow.setEncoding("utf8").on("data", (text: string) => (answer += text));
    const begun = performance.now();
    // Not `once`: a drip may meet the connection's end, which is an error of its own.
    await new Promise((resolve) => slow.once("close", resolve));
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

describe("many connections", () => {
  test("10,000 that say nothing leave room for those that do", async () => {
    const open: Socket[] = [];
    for (let batch = 0; batch < 20; batch++) {
      open.push(...(await Promise.all(Array.from({ length: 500 }, () => openBare(app)))));
      expect((await ask(app, { path: "/livez" })).status).toBe(200);
      expect(await client.ping()).toMatchObject({ status: "ok" });
    }
    expect(open.filter((socket) => !socket.destroyed).length).toBeLessThan(600);
    for (const socket of open) socket.destroy();
  });

  test("WebSockets that ask nothing make room for those that do", async () => {
    const open: RawSocket[] = [];
    const openMany = async (): Promise<void> => {
      for (let batch = 0; batch < 6; batch++)
        open.push(...(await Promise.all(Array.from({ length: 50 }, () => openRaw(app)))));
    };
    await openMany();
    expect((await ask(app, { path: "/livez" })).status).toBe(200);
    const working = await openRaw(app);
    working.send(callOf(1, "Job.wait", { args: [{ ms: 1000 }] }));
    await openMany();
    expect((await working.response(1)).result).toMatchObject({ value: "waited" });
    await Promise.all([...open, working].map((raw) => raw.close()));
  });

  test("connections that are opened and dropped in the middle of everything leave nothing behind", async () => {
    const texts = [
      "",
      "GET /livez HT",
      "POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{",
      "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ];
    for (let round = 0; round < 100; round++) {
      const sockets = await Promise.all(texts.map(() => openBare(app)));
      sockets.forEach((socket, index) => socket.write(texts[index] ?? "", () => socket.destroy()));
      for (const socket of sockets) if (!socket.closed) await once(socket, "close");
    }
    expect((await ask(app, { path: "/livez" })).status).toBe(200);
  });
});
