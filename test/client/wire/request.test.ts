// Single requests against a real agent, and against servers that are none.
import { createServer, type Socket } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { request } from "../../../client/wire/request.ts";
import { removeTemporary, startApp, temporaryDirectory, type App } from "../../end-to-end/processes.ts";

let app: App;
beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

test("a request larger than the agent takes fails with its own sentence, not with a broken pipe", async () => {
  const params = { task: "Release.show", args: ["x".repeat(6 * 1024 * 1024)] };
  await expect(request({ socket: app.socket, label: "shop" }, { method: "call", params })).rejects.toMatchObject({
    code: "LIMIT_EXCEEDED",
    message: "Cannot read the message: it is larger than 4194304 bytes",
  });
});

test.each<[string, string, string]>([
  ["with a page", "HTTP/1.1 200 OK\r\n\r\n<html>\n", "NOT_REMSH"],
  ["with JSON that is no message", "HTTP/1.1 200 OK\r\n\r\n{}\n", "NOT_REMSH"],
  ["with a status alone", "HTTP/1.1 404 Not Found\r\n\r\n", "NOT_REMSH"],
  ["and breaks off", 'HTTP/1.1 200 OK\r\n\r\n{"id":1,"resu', "CONNECTION_LOST"],
  ["with nothing", "", "CONNECTION_LOST"],
  [
    "with an error of a newer version",
    'HTTP/1.1 200 OK\r\n\r\n{"id":1,"error":{"code":-1,"message":"new"}}\n',
    "INTERNAL",
  ],
])("a server that answers %s is told by its code", async (_how, bytes, code) => {
  const socket = path.join(temporaryDirectory(), "other.sock");
  const server = createServer((client: Socket) => client.once("data", () => client.end(bytes)));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await expect(request({ socket, label: "other" }, { method: "describe", params: {} })).rejects.toMatchObject({ code });
  await new Promise((resolve) => server.close(resolve));
});

test.each([
  [
    "a result",
    '{"id":1,"result":{"tasks":[]}}\n',
    'Cannot read the answer of liar to "describe": "app" must be a string',
  ],
  [
    "a notification",
    '{"method":"run.progress","params":{"run":"r"}}\n',
    'Cannot read the notification "run.progress" of liar: "seq" must be a number',
  ],
])("%s that does not fit is a clear error", async (_what, lines, message) => {
  const socket = path.join(temporaryDirectory(), "liar.sock");
  const server = createServer((client: Socket) =>
    client.once("data", () => client.end(`HTTP/1.1 200 OK\r\n\r\n${lines}`)),
  );
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await expect(request({ socket, label: "liar" }, { method: "describe", params: {} })).rejects.toMatchObject({
    code: "BAD_MESSAGE",
    message,
  });
  await new Promise((resolve) => server.close(resolve));
});

test.each([
  ["another id", '{"id":2,"result":{}}\n'],
  ["two answers", '{"id":1,"error":{"code":-1,"message":"no"}}\n{"id":1,"result":{}}\n'],
])("an answer with %s is no agent's", async (_what, lines) => {
  const socket = path.join(temporaryDirectory(), "liar.sock");
  const server = createServer((client: Socket) =>
    client.once("data", () => client.end(`HTTP/1.1 200 OK\r\n\r\n${lines}`)),
  );
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await expect(request({ socket, label: "liar" }, { method: "describe", params: {} })).rejects.toMatchObject({
    code: "NOT_REMSH",
  });
  await new Promise((resolve) => server.close(resolve));
});
