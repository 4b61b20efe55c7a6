// Apps that the kernel keeps from answering: a frozen process, and a socket where too many connections wait already.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { NODE, remsh, removeTemporary, start, startApp, stop, temporaryDirectory } from "../../end-to-end/processes.ts";
import { freeze, suspend } from "../../system-processes.ts";

afterAll(removeTemporary);

const onLinux = test.skipIf(process.platform !== "linux");
const TIMEOUT = ["--timeout", "1s"];

onLinux("ping, rpc and stop hold their deadlines against a frozen process", async ({ skip }) => {
  const app = await startApp("shop.mjs");
  onTestFinished(() => stop(app));
  const thaw = await freeze(app.pid);
  if (!thaw) return skip("this user may not freeze processes here");
  const env = { REMSH_SOCKET: app.socket };
  try {
    expect(await remsh(["ping", ...TIMEOUT], { env })).toEqual({
      stdout: "",
      stderr: `Cannot reach "${app.socket}": it accepted the connection and did not answer within 1 s\n`,
      code: 75,
    });
    expect(await remsh(["rpc", ...TIMEOUT, "Value.text"], { env })).toEqual({
      stdout: "",
      stderr: 'Gave up on "Value.text" after 1 s: the task may or may not have finished\n',
      code: 75,
    });
    const { stderr, code } = await remsh(["stop", ...TIMEOUT], { env });
    expect(stderr).toMatch(/did not end within 1 s, and was killed\n$/);
    expect(code).toBe(137);
  } finally {
    thaw();
  }
});

onLinux("ping, rpc and stop do not wait at a socket where too many connections wait", async () => {
  const socket = path.join(temporaryDirectory(), "full.sock");
  const listen = `net.createServer(() => {}).listen({ path: ${JSON.stringify(socket)}, backlog: 1 }, () => console.log("up"));`;
  const server = start(NODE, ["--eval", listen], {});
  onTestFinished(() => stop(server));
  await server.printed("up");
  await suspend(server.child.pid ?? 0);
  await fill(socket);
  const env = { REMSH_SOCKET: socket };
  const refused = { stdout: "", stderr: `Cannot reach "${socket}": too many connections wait there\n`, code: 75 };
  expect(await remsh(["ping", ...TIMEOUT], { env })).toEqual(refused);
  expect(await remsh(["rpc", ...TIMEOUT, "Value.text"], { env })).toEqual(refused);
  expect(await remsh(["stop", ...TIMEOUT], { env })).toMatchObject({ code: 0 });
});

/** Connects until the kernel lets no more connections wait. */
async function fill(socket: string): Promise<void> {
  const waiting: Socket[] = [];
  onTestFinished(() => waiting.forEach((each) => each.destroy()));
  for (;;) {
    const one = connect(socket);
    waiting.push(one);
    try {
      await once(one, "connect");
    } catch {
      return;
    }
    one.on("error", () => {}); // the server ends before it
  }
}
