// A connection to what says it is an agent and breaks the protocol: a WebSocket server of this test's own.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import type { Connection } from "../../client/connection.ts";
import { Deadline } from "../../client/wire/deadline.ts";
import { open } from "../../client/open.ts";
import { RpcError } from "../../shared/errors.ts";
import { removeTemporary, temporaryDirectory } from "../end-to-end/processes.ts";

const opened: { server: Server; connection: Connection }[] = [];
afterEach(async () => {
  for (const { server, connection } of opened.splice(0)) {
    connection.close();
    await connection.ended;
    await new Promise((resolve) => server.close(resolve));
  }
  removeTemporary();
});

/** A connection to a server that answers every message with these. */
async function connectionTo(...answers: object[]): Promise<Connection> {
  const socket = path.join(temporaryDirectory(), "liar.sock");
  const server = createServer();
  new WebSocketServer({ server }).on("connection", (client) => {
    client.on("message", () => {
      for (const answer of answers) client.send(JSON.stringify(answer));
    });
  });
  server.listen(socket);
  await once(server, "listening");
  const connection = await open({ socket, label: "shop 4711" }, { deadline: new Deadline() });
  opened.push({ server, connection });
  return connection;
}

function lost(state: string, cause?: Error): RpcError {
  return new RpcError("CONNECTION_LOST", `lost, ${state}`, { ...(cause && { cause }) });
}

test("a result that is not the method's is an error, and the connection goes on", async () => {
  const connection = await connectionTo({ id: 1, result: { runs: [{ run: 5 }] } });
  await expect(connection.request({ method: "runs", params: {}, lost })).rejects.toMatchObject({
    code: "BAD_MESSAGE",
    message: 'Cannot read the answer of shop 4711 to "runs": "runs[0].run" must be a string',
  });
  let hasEnded = false;
  void connection.ended.then(() => (hasEnded = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasEnded).toBe(false);
});

test("a notification that does not fit ends the connection, and whoever waits learns why", async () => {
  const connection = await connectionTo({ method: "run.output", params: { run: "r", seq: "1" } });
  const message = 'Cannot read the notification "run.output" of shop 4711: "seq" must be a number';
  await expect(connection.request({ method: "call", params: { task: "t" }, lost })).rejects.toMatchObject({
    message: "lost, unknown",
    cause: { code: "BAD_MESSAGE", message },
  });
  await connection.ended;
});

test("a notification that only a newer agent knows is ignored", async () => {
  const connection = await connectionTo({ method: "run.mood", params: { run: "r" } }, { id: 1, result: { runs: [] } });
  expect(await connection.request({ method: "runs", params: {}, lost })).toEqual({ runs: [] });
});

test("one that was abandoned before it was opened is not opened, even without a deadline", async () => {
  const socket = path.join(temporaryDirectory(), "silent.sock");
  const server = createServer().on("upgrade", (_request, stream) => stream.on("error", () => {}));
  server.listen(socket);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const signal = AbortSignal.abort(new Error("closed"));
  await expect(open({ socket, label: "shop 4711" }, { deadline: new Deadline(), signal })).rejects.toThrow("closed");
});
