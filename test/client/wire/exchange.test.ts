// The HTTP that the command line speaks, against servers that answer byte by byte as the test says.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { exchange, type Question } from "../../../client/wire/exchange.ts";

let folder: string;
let server: Server | undefined;
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "rs-"));
});
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));
afterAll(() => rmSync(folder, { recursive: true }));

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n";

/** A server that does this with each connection once the request has come. */
async function serve(answer: (socket: Socket, request: string) => void): Promise<{ socket: string; label: string }> {
  const socket = path.join(folder, `${++count}.sock`);
  const listening = createServer((client) => client.once("data", (data) => answer(client, String(data))));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(socket, resolve));
  return { socket, label: "shop 1" };
}

async function lines(
  answer: (socket: Socket, request: string) => void,
  question: Partial<Question> = {},
): Promise<{ status: number | undefined; lines: string[] }> {
  const found: string[] = [];
  const address = await serve(answer);
  const status = await exchange(address, { path: "/rpc", onLine: (line) => found.push(line), ...question });
  return { status, lines: found };
}

/** Writes the pieces one after the other, each only when the one before has been read. */
async function writePieces(socket: Socket, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.end();
}

describe("an answer", () => {
  test("in single bytes, split within a character, is read whole", async () => {
    const bytes = Buffer.from(`${HEAD}{"text":"€ and \u{1f600}"}\n\n{"b":2}\n`);
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await lines((socket) => void writePieces(socket, pieces))).toEqual({
      status: 200,
      lines: ['{"text":"€ and \u{1f600}"}', '{"b":2}'],
    });
  });

  test.each([
    ["that never ends", ["x".repeat(600), "x".repeat(600)]],
    ["that ends", ["x".repeat(600), `${"x".repeat(600)}\n{}\n`]],
    ["in one piece with its head", [`${"x".repeat(1200)}\n`]],
  ])("with a line beyond the bound, %s, is no agent's", async (_what, [first = "", ...rest]) => {
    const answer = (socket: Socket) => void writePieces(socket, [`${HEAD}{"a":1}\n${first}`, ...rest]);
    await expect(lines(answer, { maxLine: 1000 })).rejects.toMatchObject({ code: "NOT_REMSH" });
  });

  test("of one long line in many pieces is read in a time that grows with its length", async () => {
    const piece = "x".repeat(64 * 1024);
    const answer = (socket: Socket) => void writePieces(socket, [HEAD, ...Array<string>(256).fill(piece), "\n"]);
    const { lines: found } = await lines(answer);
    expect(found.map(({ length }) => length)).toEqual([16 * 1024 * 1024]);
  });

  test("that ends without a newline was cut off: its last line is not given", async () => {
    expect(await lines((socket) => socket.end(`${HEAD}{"a":1}\n{"b":`))).toEqual({ status: 200, lines: ['{"a":1}'] });
  });

  test("that never begins has no status", async () => {
    expect(await lines((socket) => socket.end())).toEqual({ status: undefined, lines: [] });
  });

  test.each([
    ["a mail server's", "220 mail.example ESMTP\r\n"],
    ["of another HTTP", "HTTP/9.9 200 OK\r\n\r\n"],
    ["of a head without end", `HTTP/1.1 200 OK\r\n${"x-y: z\r\n".repeat(3000)}`],
    ["binary", Buffer.from([0x15, 3, 3, 0, 2, 2, 70])],
  ])("that is %s is no agent's", async (_what, bytes) => {
    // The server goes on listening: that this is no agent is told at once, not when it ends.
    await expect(lines((socket) => void socket.write(bytes))).rejects.toMatchObject({ code: "NOT_REMSH" });
  });

  test("keeps other statuses", async () => {
    expect(await lines((socket) => socket.end(HEAD.replace("200 OK", "503 Busy")))).toMatchObject({ status: 503 });
  });
});

test("the request is HTTP/1.0, with the length of its body in bytes", async () => {
  let request = "";
  await lines((socket, text) => ((request = text), socket.end(HEAD)), { path: "/rpc", body: '"€"' });
  expect(request).toBe(
    'POST /rpc HTTP/1.0\r\nHost: localhost\r\nRemsh-Protocol: remsh.v1\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n"€"',
  );
});

test("what the listener throws ends the exchange", async () => {
  const onLine = () => {
    throw new RangeError("not this line");
  };
  await expect(lines((socket) => void socket.write(`${HEAD}a\n`), { onLine })).rejects.toThrow("not this line");
});

test("a limit holds for the whole answer, also when it has begun", async () => {
  const limit = { ms: 50, error: () => new Error("too late") };
  await expect(lines(() => {}, { limit })).rejects.toThrow("too late");
  server?.close();
  await expect(lines((socket) => void socket.write(`${HEAD}a\n`), { limit })).rejects.toThrow("too late");
});

test("a limit beyond what timers can wait for does not fire at once", async () => {
  const limit = { ms: 2 ** 33, error: () => new Error("too late") };
  const answer = (socket: Socket) => void writePieces(socket, [HEAD, "a\n"]);
  expect(await lines(answer, { limit })).toMatchObject({ lines: ["a"] });
});

test("an abandoned exchange rejects with the signal's reason and ends its connection", async () => {
  const abandon = new AbortController();
  let ended: Promise<void> | undefined;
  const answer = (socket: Socket) => {
    ended = new Promise((resolve) => socket.on("close", () => resolve()));
    abandon.abort(new Error("left"));
  };
  await expect(lines(answer, { signal: abandon.signal })).rejects.toThrow("left");
  await ended;
  server?.close();
  await expect(lines(() => {}, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
});

test("a reader that is behind holds the rest of the answer back", async () => {
  const seen: string[] = [];
  let held = false;
  // As many turns of the event loop as reading it all would take, several times over.
  const turns = async () => {
    held = true;
    for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
    seen.push("released");
  };
  const address = await serve((socket) => {
    socket.write(`${HEAD}first\n`);
    socket.end(`${"x".repeat(4 * 1024 * 1024)}\n`, () => seen.push("written"));
  });
  const onLine = (line: string) => void seen.push(line.slice(0, 8));
  await exchange(address, { path: "/", onLine, hold: () => (held ? undefined : turns()) });
  expect(seen).toEqual(["first", "released", "written", "xxxxxxxx"]);
});
