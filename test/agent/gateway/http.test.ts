// Raw connections to a server in the test's own process.
import { once } from "node:events";
import type { Server } from "node:http";
import { Socket, connect, type AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import WebSocket from "ws";
import { HALF_SENT_BYTES, UNREAD_LIMIT_BYTES } from "../../../agent/gateway/admission/limits.ts";
import { createHttpServer } from "../../../agent/gateway/http.ts";
import { acceptWebSockets } from "../../../agent/gateway/websocket.ts";
import { requestMessage } from "../../../shared/messages/protocol.ts";
import { openGateway, type OpenedGateway } from "./main-thread-port.ts";

let at: OpenedGateway;
let server: Server;
let port: number;
beforeEach(async () => {
  at = openGateway();
  server = createHttpServer(at.gateway);
  acceptWebSockets(server, at.gateway);
  await once(server.listen(0, "127.0.0.1"), "listening");
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  server.close();
  await once(server, "close");
  at.close();
});

function post(body: string): string {
  return `POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

test("when a caller disconnects, the requests that wait behind its first one end as well", async () => {
  const { unread } = at.gateway.admission;
  const hold = vi.spyOn(unread, "hold");
  const caller = connect(port, "127.0.0.1");
  const call = requestMessage(1, "call", { task: "Shop.open" });
  caller.write([call, call, requestMessage(1, "ping", {})].map(post).join(""));
  expect([await at.hear(), await at.hear()]).toMatchObject([{ kind: "call" }, { kind: "call" }]);
  await vi.waitUntil(() => hold.mock.calls.length === 1);
  caller.destroy();
  expect([await at.hear(), await at.hear()]).toMatchObject([{ kind: "unheard" }, { kind: "unheard" }]);
  // Nothing is counted as unread any more: another caller may take it all.
  const other = new Socket();
  unread.hold(other, UNREAD_LIMIT_BYTES)();
  expect(other.destroyed).toBe(false);
});

test("a client that has sent pings has sent half of nothing", async () => {
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, ["remsh.v1"]);
  await once(client, "open");
  const closed = once(client, "close").then(() => "closed");
  for (let sent = 0; sent < 10; sent++) await ping(client);
  const half = new PassThrough();
  // With the next ping it is exactly as much as may be.
  at.gateway.admission.halfSent.add(half, HALF_SENT_BYTES - PING_BYTES);
  expect(await Promise.race([closed, ping(client)])).toBe("answered");
  expect(half.destroyed).toBe(false);
  client.terminate();
});

/** The bytes of the frame that `ping` sends: two of head, four of mask, and the data. */
const PING_BYTES = 2 + 4 + "data".length;

async function ping(client: WebSocket): Promise<string> {
  client.ping("data");
  await once(client, "pong");
  return "answered";
}
