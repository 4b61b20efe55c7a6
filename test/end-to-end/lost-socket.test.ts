import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { eventually, removeTemporary, startApp, type App } from "./processes.ts";

afterAll(removeTemporary);

function start(): Promise<App> {
  return startApp("closing.mjs", { args: ["--end-when-closed"] });
}

function isReached(app: App): Promise<void> {
  return eventually(async () => (await app.remsh("ping")).code === 0, "it listens again");
}

/** The app's own folder, and the runtime directory. */
function foldersOf({ socket }: App): [string, string] {
  return [path.dirname(socket), path.dirname(path.dirname(socket))];
}

test.concurrent.each([
  ["its socket", ({ socket }: App) => socket],
  ["its folder", (app: App) => foldersOf(app)[0]],
  ["the runtime directory", (app: App) => foldersOf(app)[1]],
])("an app from which somebody takes %s away is reached again, and leaves nothing behind", async (_what, place) => {
  const app = await start();
  const client = await app.connect();
  const call = client.call("Job.wait", [6000]);
  await eventually(async () => (await client.runs()).length === 1, "the task runs");
  rmSync(place(app), { recursive: true });
  expect(await app.remsh("ping")).toMatchObject({ code: 69 });
  await isReached(app);
  expect([app.socket, ...foldersOf(app)].map((file) => lstatSync(file).mode & 0o777)).toEqual([0o600, 0o700, 0o700]);
  expect(await client.ping()).toMatchObject({ status: "ok", pid: app.pid }); // on the connection that was open
  expect(await call).toBe("waited");
  await client.close();
  app.child.kill("SIGTERM");
  expect(await app.finished).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(path.dirname(app.socket))).toBe(false);
});

test.concurrent("an agent that cannot remove its socket answers its last calls", async () => {
  const app = await start();
  const client = await app.connect();
  const call = client.call("Job.stubborn");
  const refused = expect(call).rejects.toMatchObject({ code: "CANCELLED", state: "running" });
  await eventually(async () => (await client.runs()).length === 1, "the task runs");
  const [folder] = foldersOf(app);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, ""); // the path of the socket now leads through a file
  app.child.kill("SIGTERM");
  await refused;
  expect(await app.finished).toMatchObject({ code: 0 });
});

test.concurrent("a second loss is made good as the first, and an exit without a word removes the socket", async () => {
  const app = await start();
  for (let round = 0; round < 2; round++) {
    rmSync(app.socket);
    await isReached(app);
  }
  expect((await app.remsh("rpc", "Job.exit")).code).toBe(69);
  expect((await app.finished).code).toBe(3);
  expect(existsSync(path.dirname(app.socket))).toBe(false);
});

test.concurrent("a socket that another process has put there is left alone, with one warning", async () => {
  const app = await start();
  let looks = 0;
  rmSync(app.socket);
  const other = createServer((connection) => connection.on("error", () => {}).end(`${++looks}`)).listen(app.socket);
  await once(other, "listening");
  const { ino } = lstatSync(app.socket);
  // Longer than `eventually` waits, on a busy machine.
  while (looks < 2) await once(other, "connection");
  expect(lstatSync(app.socket).ino).toBe(ino);
  other.close();
  await isReached(app);
  await app.stop();
  expect(app.output.stderr.match(/RemshWarning: .*/g)).toEqual([
    `RemshWarning: Cannot listen at "${app.socket}": another process listens there already`,
  ]);
});

test.concurrent("what has been unused for long is kept young, and stays the same socket", async () => {
  const app = await start();
  const folders = foldersOf(app);
  const { ino, mtimeNs } = lstatSync(app.socket, { bigint: true });
  execFileSync("touch", ["-c", "-t", "200101010000", ...folders]);
  execFileSync("touch", ["-c", "-a", "-t", "200101010000", app.socket]); // when it was last changed stays
  const isYoung = (ms: number) => ms > Date.now() - 60_000;
  const times = () => [lstatSync(app.socket).atimeMs, ...folders.map((folder) => lstatSync(folder).mtimeMs)];
  await eventually(() => times().every(isYoung), "they are young again");
  const after = lstatSync(app.socket, { bigint: true });
  expect([after.ino, after.mtimeNs]).toEqual([ino, mtimeNs]);
  await app.stop();
});
