// What `start` has open for the app: sockets of systemd's socket activation, and the IPC channel of a parent.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { NODE, removeTemporary, REMSH } from "../../end-to-end/processes.ts";
import { makeProject, type TestProject } from "./project.ts";

afterAll(removeTemporary);

const SERVER = `
import { createServer } from "node:net";
const { LISTEN_FDS: count, LISTEN_PID: pid, LISTEN_FDNAMES: names } = process.env;
for (let fd = 3; fd < 3 + Number(count ?? 0); fd++)
  createServer((socket) => socket.end(JSON.stringify({ fd, count, names, isOwn: pid === String(process.pid) }))).listen({ fd });
process.on("message", (message) => process.send?.({ heard: message, pid: process.pid }));
process.on("disconnect", () => console.log("disconnected"));
process.send?.({ ready: true });
setInterval(() => {}, 60_000);
`;

const app = () => makeProject({ files: { "server.js": SERVER } });

/** Starts the app with these descriptors from 3 on. The shell is the process that becomes the launcher. */
function startWith(
  { root, env }: TestProject,
  stdio: (number | "ipc")[],
  more: Record<string, string> = {},
): ChildProcess {
  const words = [
    "-c",
    'export LISTEN_PID="${LISTEN_PID-$$}"; exec "$@"',
    "sh",
    ...(more.COMMAND ?? "bin/shop").split(" "),
    "start",
  ];
  const child = spawn("sh", words, {
    cwd: root,
    env: { PATH: process.env.PATH, ...env, ...more },
    stdio: ["ignore", "pipe", "pipe", ...stdio],
    serialization: "advanced",
  });
  onTestFinished(async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  return child;
}

async function listening(): Promise<{ server: Server; fd: number; port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  return { server, fd, port: (server.address() as AddressInfo).port };
}

async function said(port: number): Promise<unknown> {
  const socket = (await import("node:net")).connect(port, "127.0.0.1").setEncoding("utf8");
  let text = "";
  for await (const more of socket) text += more;
  return JSON.parse(text);
}

describe("socket activation", () => {
  test("reaches the app, with its own id in LISTEN_PID, beside a parent's channel", async () => {
    const project = app();
    const [one, two] = [await listening(), await listening()];
    const variables = { LISTEN_FDS: "2", LISTEN_FDNAMES: "web:admin" };
    const child = startWith(project, [one.fd, two.fd, "ipc"], variables);
    expect(await once(child, "message")).toEqual([{ ready: true }, undefined]);
    // From here on only the app accepts.
    for (const { server } of [one, two]) server.close();
    const found = { count: "2", names: "web:admin", isOwn: true };
    expect(await said(one.port)).toEqual({ fd: 3, ...found });
    expect(await said(two.port)).toEqual({ fd: 4, ...found });
    expect(await project.shop("ping", "--ready", "--wait", "1m")).toMatchObject({ code: 0 });
  });

  test("of another process is not the app's", async () => {
    const child = startWith(app(), ["ipc"], { LISTEN_FDS: "7", LISTEN_PID: "1" });
    expect(await once(child, "message")).toEqual([{ ready: true }, undefined]);
  });

  test("with a descriptor that is not open exits 78", async () => {
    const { fd } = await listening();
    const child = startWith(app(), [fd], { LISTEN_FDS: "40" });
    child.stderr?.setEncoding("utf8");
    const ends = [once(child.stderr ?? child, "data"), once(child, "exit")];
    const [[text], [code]] = (await Promise.all(ends)) as [[string], [number]];
    expect(text).toMatch(
      /^Cannot start shop: LISTEN_FDS is 40, and descriptor \d+ is not open \(unset LISTEN_FDS\)\n$/,
    );
    expect(code).toBe(78);
  });
});

describe("a parent's channel", () => {
  test.each(["bin/shop", `${NODE} ${REMSH}`])(
    "reaches the app through %s, both ways, and ends with it",
    async (command) => {
      const project = app();
      const child = startWith(project, ["ipc"], { COMMAND: command });
      expect(await once(child, "message")).toEqual([{ ready: true }, undefined]);
      const value = { at: new Map([["a", 1n]]) };
      child.send(value);
      const [{ heard, pid }] = (await once(child, "message")) as [{ heard: unknown; pid: number }];
      expect(heard).toEqual(value);
      expect(pid).not.toBe(child.pid);
      child.stdout?.setEncoding("utf8");
      const printed = once(child.stdout ?? child, "data");
      child.disconnect();
      expect(await printed).toEqual(["disconnected\n"]);
    },
  );

  test("is closed for the parent when the app closes it", async () => {
    const child = startWith(
      makeProject({ files: { "server.js": "process.disconnect(); setInterval(() => {}, 60_000);" } }),
      ["ipc"],
    );
    await once(child, "disconnect");
    expect(child.exitCode).toBe(null);
  });
});
