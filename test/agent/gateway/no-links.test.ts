// Where there are no hard links, as on some file systems: a socket is replaced and removed all the same.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { listenAt } from "../../../agent/gateway/listen.ts";
import { identityOf, removeOwn } from "../../../shared/socket-file.ts";

const linkSync = vi.hoisted(() => vi.fn());
vi.mock("node:fs", async (original) => ({ ...(await original<object>()), linkSync }));

const folder = mkdtempSync(path.join(os.tmpdir(), "remsh-links-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])("%s", async (code) => {
  linkSync.mockImplementation(() => {
    throw Object.assign(new Error("no links"), { code });
  });
  const socket = path.join(folder, "shop.sock");
  await leaveDeadSocket(socket);
  const server = createServer();
  const identity = await listenAt(server, { socket, ownsDirectory: false });
  expect(linkSync).toHaveBeenCalled();
  expect([identityOf(socket), readdirSync(folder)]).toEqual([identity, ["shop.sock"]]);
  const client = connect(socket);
  await once(client, "connect");
  client.destroy();
  await expect(listenAt(createServer(), { socket, ownsDirectory: false })).rejects.toMatchObject({
    code: "SEVERAL_INSTANCES",
  });
  removeOwn(socket, `1${identity}`);
  expect(readdirSync(folder)).toEqual(["shop.sock"]);
  removeOwn(socket, identity);
  expect(readdirSync(folder)).toEqual([]);
  server.close();
});

/** As a killed process leaves it: nobody accepts connections any more, and the file is there. */
async function leaveDeadSocket(file: string): Promise<void> {
  const program = path.join(folder, "listen.mjs");
  writeFileSync(
    program,
    `import { createServer } from "node:net";
     createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"));`,
  );
  await once(fork(program), "exit");
  rmSync(program);
  expect(statSync(file).isSocket()).toBe(true);
}
