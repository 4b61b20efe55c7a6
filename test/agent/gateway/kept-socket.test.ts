import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { CHECK_SOCKET_MS } from "../../../agent/gateway/admission/limits.ts";
import { KeptSocket } from "../../../agent/gateway/kept-socket.ts";
import type * as SocketFile from "../../../shared/socket-file.ts";
import { identityOf } from "../../../shared/socket-file.ts";

vi.mock("../../../shared/socket-file.ts", async (load) => {
  const actual = await load<typeof SocketFile>();
  return { ...actual, identityOf: vi.fn(actual.identityOf) };
});
afterEach(() => vi.useRealTimers());

test("a socket that is removed in the middle of a check is no trouble: the next check finds out", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "rs-"));
  const socket = path.join(folder, "app.sock");
  const server = createServer();
  await once(server.listen(socket), "listening");
  const identity = identityOf(socket);
  vi.mocked(identityOf).mockImplementationOnce(() => {
    rmSync(socket);
    return identity;
  });
  vi.useFakeTimers();
  const trouble = vi.fn();
  const kept = new KeptSocket(server, {
    at: { socket, ownsDirectory: false },
    identity: identity ?? "",
    listening() {},
    trouble,
  });
  await vi.advanceTimersByTimeAsync(CHECK_SOCKET_MS);
  expect(trouble.mock.calls).toEqual([]);
  await kept.close();
  server.close();
  await rm(folder, { recursive: true });
});
