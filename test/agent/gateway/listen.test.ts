import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listenAt } from "../../../agent/gateway/listen.ts";
import { NODE, removeTemporary, start, temporaryDirectory } from "../../end-to-end/processes.ts";
import { project } from "../../end-to-end/registered.ts";
import { mayUnshare } from "../../needing.ts";
import type { Round } from "./fixtures/contender.ts";

const CONTENDERS = 8;
const ROUNDS = 60;

let contenders: ChildProcess[] = [];
beforeAll(async () => {
  const program = path.join(temporaryDirectory(), "contender.mjs");
  await build({
    entryPoints: [path.join(import.meta.dirname, "fixtures/contender.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
  });
  contenders = Array.from({ length: CONTENDERS }, () => fork(program, [], { execPath: NODE, execArgv: [] }));
  await Promise.all(contenders.map((each) => once(each, "message")));
});
afterAll(() => {
  for (const each of contenders) each.kill();
  removeTemporary();
});

/** What a killed process leaves behind: nobody listens there any more. */
async function leaveStale(socket: string): Promise<void> {
  const server = createServer();
  server.listen(`${socket}.dead`);
  await once(server, "listening");
  linkSync(`${socket}.dead`, socket);
  server.close();
  await once(server, "close");
}

/** Who answers at the socket: its pid. */
async function answererAt(socket: string): Promise<number> {
  return Number(await text(connect(socket)));
}

async function compete(rounds: Omit<Round, "at">[]): Promise<string[]> {
  const at = Date.now() + 5;
  const answers = contenders.map(async (each, index) => {
    each.send({ ...rounds[index % rounds.length], at });
    return String((await once(each, "message"))[0]);
  });
  return Promise.all(answers);
}

async function closeAll(): Promise<void> {
  const closed = contenders.map((each) => once(each, "message"));
  for (const each of contenders) each.send("close");
  await Promise.all(closed);
}

test("of many that start at once over a dead one's socket exactly one has it", async () => {
  const directory = temporaryDirectory();
  for (let round = 0; round < ROUNDS; round++) {
    const socket = path.join(directory, `${round}.sock`);
    await leaveStale(socket);
    const answers = await compete([{ socket, ownsDirectory: false }]);
    const owners = contenders.filter((_each, index) => answers[index] === "owns").map(({ pid }) => pid);
    expect(owners, `round ${round}: ${answers.join("\n")}`).toHaveLength(1);
    expect(await answererAt(socket)).toBe(owners[0]);
    for (const answer of answers.filter((each) => each !== "owns"))
      expect(answer).toBe(`Cannot listen at "${socket}": another process listens there already`);
    expect(readdirSync(directory)).toEqual([`${round}.sock`]);
    await closeAll();
    expect(readdirSync(directory)).toEqual([]);
  }
});

test("and with names of their own each is reached, whoever clears the directory", async () => {
  const directory = path.join(temporaryDirectory(), "run", "shop");
  mkdirSync(directory, { recursive: true });
  for (const each of [directory, path.dirname(directory)]) chmodSync(each, 0o700);
  const sockets = contenders.map((_each, index) => path.join(directory, `${index}.sock`));
  for (let round = 0; round < ROUNDS; round++) {
    for (const socket of sockets) await leaveStale(socket);
    const answers = await compete(sockets.map((socket) => ({ socket, ownsDirectory: true })));
    expect(new Set(answers), `round ${round}`).toEqual(new Set(["owns"]));
    expect(await Promise.all(sockets.map(answererAt))).toEqual(contenders.map(({ pid }) => pid));
    await closeAll();
  }
});

test("who was killed while it removed a dead one's socket holds nobody up for long", async () => {
  const socket = path.join(temporaryDirectory(), "4711.sock");
  await leaveStale(socket);
  const { ino, mtimeNs } = lstatSync(socket, { bigint: true });
  linkSync(socket, `${socket}.${ino}-${mtimeNs}`);
  const answers = await compete([{ socket, ownsDirectory: false }]);
  expect(answers.filter((each) => each === "owns")).toHaveLength(1);
  await answererAt(socket);
  expect(readdirSync(path.dirname(socket))).toEqual(["4711.sock"]);
  await closeAll();
});

test("in a folder that others may use nobody else can reach a socket before it has its mode", async () => {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o777);
  const socket = path.join(directory, "4711.sock");
  const mode = (file: string) => lstatSync(file).mode & 0o777;
  const seen: number[] = [];
  const server = createServer().on("listening", () => seen.push(mode(path.dirname(server.address() as string))));
  await listenAt(server, { socket, ownsDirectory: false });
  expect(seen).toEqual([0o700]);
  expect([mode(socket), readdirSync(directory)]).toEqual([0o600, ["4711.sock"]]);
  server.close();
});

test("a name at which somebody may be about to listen is left alone", async () => {
  const directory = path.join(temporaryDirectory(), "run", "shop");
  mkdirSync(directory, { recursive: true });
  for (const each of [directory, path.dirname(directory)]) chmodSync(each, 0o700);
  await leaveStale(path.join(directory, "4711.x7k2"));
  const socket = path.join(directory, "1.sock");
  await compete([{ socket, ownsDirectory: true }]);
  expect(readdirSync(directory)).toEqual(["1.sock", "4711.x7k2"]);
  await closeAll();
});

test("a folder that another instance removes before the socket is bound is made again", async () => {
  const socket = path.join(temporaryDirectory(), "shop", "4711.sock");
  const server = createServer();
  const bind = server.listen.bind(server) as (path: string, listening: () => void) => Server;
  let times = 0;
  server.listen = ((temporary: string, listening: () => void) => {
    if (++times === 1) rmSync(path.dirname(socket), { recursive: true });
    return bind(temporary, listening);
  }) as Server["listen"];
  await listenAt(server, { socket, ownsDirectory: true });
  expect({ times, files: readdirSync(path.dirname(socket)) }).toEqual({ times: 2, files: ["4711.sock"] });
  server.close();
});

test.skipIf(process.getuid?.() !== 0 || !mayUnshare("--mount", "true")).each([
  ["nr_inodes=2", "its volume has no space or no inodes left (ENOSPC"],
  ["ro", "its volume is read-only (EROFS"],
])("a volume mounted with %s: the sentence has the reason and the remedy", async (options, reason) => {
  const volume = temporaryDirectory();
  const { directory, env } = project({
    "package.json": '{ "name": "shop", "remsh": { "tasks": "./release.mjs" } }',
    "release.mjs": "export const version = () => 1;",
    "app.mjs":
      'import { startAgent } from "remsh"; await startAgent({ tasks: { one: () => 1 } }).catch((error) => console.error(error.message));',
  });
  const script = `mount -t tmpfs -o mode=700,${options} none "$0" && exec "$@"`;
  const words = ["--mount", "sh", "-c", script, volume, NODE, "app.mjs"];
  const { stdout, stderr, code } = await start("unshare", words, {
    ...{ cwd: directory, env: { ...env, REMSH_RUNTIME_DIR: volume } },
  }).finished;
  expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
  expect(stderr).toContain(reason);
  expect(stderr).toContain("; set REMSH_RUNTIME_DIR to a private directory on a local disk)");
});
