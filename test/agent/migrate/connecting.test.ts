// A database that cannot be reached, an address that cannot be used, and a network that dies: what is said, and with which exit code.
import { once } from "node:events";
import net from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { migrations, nodePgMigrate, type Engine } from "../../../agent/migrate/index.ts";
import { Database } from "../../../agent/migrate/database/database.ts";
import { Session } from "../../../agent/migrate/database/session.ts";
import { takeLock } from "../../../agent/migrate/database/take-lock.ts";
import { createDatabase } from "../../database.ts";
import { call, failureOf } from "./call.ts";
import { folderOf } from "./folder.ts";

/** A server on a port of its own that treats every connection so. */
async function listen(treat: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    treat(socket);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  onTestFinished(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return (listener.address() as net.AddressInfo).port;
}

/** The database's address behind a wire that `cut` makes silent in both directions, as a network that is gone. */
async function behindWire(url: string): Promise<{ url: string; cut: () => void }> {
  const { hostname, port } = new URL(url);
  const wires: net.Socket[] = [];
  const listening = await listen((near) => {
    const far = net.connect(Number(port), hostname).on("error", () => {});
    onTestFinished(() => void far.destroy());
    wires.push(near, far);
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => near.write(data));
  });
  const address = new URL(url);
  address.port = String(listening);
  const cut = (): void => wires.forEach((socket) => void socket.removeAllListeners("data").pause());
  return { url: address.href, cut };
}

const tasksFor = async (databaseUrl: string) =>
  migrations({ engine: nodePgMigrate({ directory: await folderOf({ "1_users.sql": "SELECT 1;" }) }), databaseUrl });

test.each<[string, RegExp, (socket: net.Socket) => void]>([
  ["is silent", /timeout expired$/, () => {}],
  [
    "resets the connection",
    /ECONNRESET|Connection terminated unexpectedly$/,
    (socket) => socket.once("data", () => void socket.resetAndDestroy()),
  ],
  [
    "ends the connection",
    /Connection terminated unexpectedly$/,
    (socket) => socket.once("data", () => void socket.end()),
  ],
  [
    "has no TLS and ends the connection",
    /Connection terminated unexpectedly$/,
    (socket) => socket.once("data", () => socket.write("N", () => socket.end())),
  ],
])("a host that %s is one that cannot be reached: exit 75", async (_, reason, treat) => {
  const port = await listen(treat);
  const { migrate, migrations: status } = await tasksFor(`postgres://u:secret@127.0.0.1:${port}/db`);
  const failures = await Promise.all([call(migrate), call(migrate, { check: true }), call(status)].map(failureOf));
  for (const failure of failures) {
    expect(failure.exitCode).toBe(75);
    expect(failure.message).toMatch(reason);
    expect(failure.message).toContain(`Cannot connect to the database 127.0.0.1:${port}/db: `);
  }
});

test("a server that is starting is worth another try: exit 75, with its words", async () => {
  const words = "the database system is starting up";
  const fields = Buffer.from(`SFATAL\0VFATAL\0C57P03\0M${words}\0\0`);
  const head = Buffer.from([0x45, 0, 0, 0, 4 + fields.length]); // an error, and its length
  const port = await listen((socket) => void socket.once("data", () => socket.end(Buffer.concat([head, fields]))));
  const { migrate, migrations: status } = await tasksFor(`postgres://u:secret@127.0.0.1:${port}/db?sslmode=disable`);
  for (const failure of await Promise.all(
    [call(migrate), call(migrate, { check: true }), call(status)].map(failureOf),
  )) {
    expect(failure).toMatchObject({ exitCode: 75, code: "57P03" });
    expect(failure.message).toBe(`Cannot connect to the database 127.0.0.1:${port}/db: ${words}`);
  }
});

test("a connection that is lost while the status is read, or before the lock is held, is worth another try: exit 75", async () => {
  const ready = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]); // authenticated, ready
  const port = await listen((socket) => {
    const answers = [() => socket.write(ready), () => socket.end()]; // at the first statement
    socket.on("data", () => answers.shift()?.());
  });
  const { migrate, migrations: status } = await tasksFor(`postgres://u:secret@127.0.0.1:${port}/db?sslmode=disable`);
  const calls = [call(migrate), call(migrate, { check: true }), call(migrate, { dryRun: true }), call(status)];
  for (const failure of await Promise.all(calls.map(failureOf))) {
    expect(failure.exitCode).toBe(75);
    expect(failure.message).toBe(
      `Lost the connection to the database 127.0.0.1:${port}/db: Connection terminated unexpectedly`,
    );
  }
});

test("a connection that is lost while the plan is made is worth another try: exit 75", async () => {
  const databaseUrl = await createDatabase();
  const engine: Engine = {
    ...nodePgMigrate(),
    read: async (client) => {
      await client.query("SELECT pg_terminate_backend(pg_backend_pid())");
      return { files: [], applied: [] };
    },
  };
  const failure = await failureOf(call(migrations({ engine, databaseUrl }).migrate));
  expect(failure.exitCode).toBe(75);
  expect(failure.message).toMatch(/^Lost the (?:connection to the database|migration lock)/);
});

test("a wrong database, role or password is the configuration's fault: exit 78, with the server's code", async () => {
  const url = await createDatabase();
  const changed = (change: (address: URL) => void): string => {
    const address = new URL(url);
    change(address);
    return address.href;
  };
  const wrong = [
    [changed((address) => (address.pathname = "/none")), "3D000", 'database "none" does not exist'],
    [changed((address) => (address.username = "nobody")), "28P01", 'password authentication failed for user "nobody"'],
    [changed((address) => (address.password = "wrong")), "28P01", "password authentication failed"],
    [changed((address) => (address.password = "")), undefined, "password"],
  ] as const;
  for (const [address, code, words] of wrong) {
    const { migrate, migrations: status } = await tasksFor(address);
    for (const failure of [await failureOf(call(migrate)), await failureOf(call(status))]) {
      expect(failure).toMatchObject({ exitCode: 78, ...(code && { code }) });
      expect(failure.message).toMatch(/^Cannot connect to the database 127\.0\.0\.1:\d+\/\w+: /);
      expect(failure.message).toContain(words);
    }
  }
});

test.each([
  "postgres://u:se/cret@127.0.0.1:1/db",
  "postgres://u:12/cret@127.0.0.1:1/db",
  "postgres://u:se?cret@127.0.0.1:1/db",
  "postgres://u:12?cret@127.0.0.1:1/db",
  "postgres://u:12#cret@127.0.0.1:1/db",
  "postgres://cret/@127.0.0.1:1/db",
  "postgres://u:cret",
  "u:cret@127.0.0.1:1/db",
  "//u:cret@127.0.0.1:1/db",
  "host=127.0.0.1 port=1 user=u password=cret dbname=db",
  "host='127.0.0.1' password='se/cret@x'",
  "postgres://u:cret%ff@127.0.0.1:1/db",
  "postgres://u:cret@127.0.0.1:1/db%ff",
  "/run/postgresql?password=cret",
  "/run/postgresql password=cret",
  "/run/postgresql/?host=/run&user=u&password=cret",
])("the address %s cannot be used, and no word of it is said: exit 78", async (address) => {
  const { migrate } = await tasksFor(address);
  const failure = await failureOf(call(migrate));
  expect(failure).toMatchObject({ exitCode: 78, code: "BAD_DATABASE_URL" });
  expect(failure.message).toMatch(/^Cannot use the database's address: /);
  expect(failure.message).not.toContain("cret");
  expect(String(failure.cause)).not.toContain("cret");
});

test.each([
  ["postgres://u:cret@127.0.0.1:1/db", "127.0.0.1:1/db"],
  ["postgres://u:se%2Fcret@127.0.0.1:1/db?sslmode=disable", "127.0.0.1:1/db"],
  ["postgres://u:se@cret@127.0.0.1:1/db", "127.0.0.1:1/db"],
  ["postgres://127.0.0.1:1/db?user=u&password=cret", "127.0.0.1:1/db"],
  ["postgres://127.0.0.1:1/db?password=se@cret", "(address not shown)"],
  ["postgres://u:12?x=cret@127.0.0.1:1/db", "(address not shown)"],
  ["postgres://u:cret@/db?host=/run/postgresql", "/run/postgresql/db"],
  ["postgres:///db", "/db"],
  ["postgres://u:cret@[::1]:1/db", "[::1]:1/db"],
  ["postgres://u:cret@%2Frun%2Fpostgresql/db", "%2Frun%2Fpostgresql/db"],
  ["socket:/run/postgresql?db=db", "/run/postgresql"],
  ["/run/postgresql db", "/run/postgresql db"],
])("the address %s is called %s", (address, label) => {
  expect(new Database(address).label).toBe(label);
});

test.each([
  [
    "mongodb+srv://u:cret@127.0.0.1:%/db",
    '"mongodb+srv:" is MongoDB, and remsh migrates PostgreSQL (postgres://), MySQL (mysql://) and SQLite (sqlite:)',
  ],
  [
    "sqlserver://127.0.0.1:%;password=cret",
    '"sqlserver:" is SQL Server, and remsh migrates PostgreSQL (postgres://), MySQL (mysql://) and SQLite (sqlite:)',
  ],
  [
    "jdbc:postgresql://127.0.0.1:%/db?password=cret",
    '"jdbc:" is written for Java (leave out "jdbc:", and write the user',
  ],
  [
    "prisma+postgres://127.0.0.1:%/?api_key=cret",
    '"prisma+postgres:" leads to Prisma\'s own server, which cannot migrate',
  ],
  ["https://u:cret@127.0.0.1:%/db", '"https:" leads to a web server'],
  ["postgress://u:cret@127.0.0.1:%/db", '"postgress:" is no kind of database that remsh knows'],
])("the address %s is of another kind, and nothing connects to it: exit 78", async (address, reason) => {
  let connections = 0;
  const port = await listen(() => void (connections += 1));
  const { migrate, migrations: status } = await tasksFor(address.replace("%", String(port)));
  for (const failure of [await failureOf(call(migrate)), await failureOf(call(status))]) {
    expect(failure).toMatchObject({ exitCode: 78, code: "BAD_DATABASE_URL" });
    expect(failure.message).toContain(`Cannot use the database's address: ${reason}`);
    expect(failure.message).not.toContain("cret");
  }
  expect(connections).toBe(0);
});

test("a server that speaks another protocol is the configuration's fault: exit 78", async () => {
  const greeting = Buffer.from("J\0\0\0\x0a10.11.6-MariaDB\0", "latin1"); // MySQL's server speaks first
  const port = await listen((socket) => void socket.write(greeting));
  const { migrate } = await tasksFor(`postgres://u:cret@127.0.0.1:${port}/db`);
  expect((await failureOf(call(migrate))).exitCode).toBe(78);
});

test("a session and a lock on a network that is gone end soon", async () => {
  const wire = await behindWire(await createDatabase());
  const database = new Database(wire.url);
  const { signal } = new AbortController();
  const table = { schema: "public", name: "done" };
  const lock = await takeLock({ database, table, settings: {}, timeoutMs: 1000, signal, print() {} });
  const session = new Session({ database, signal, print() {} });
  let cut = 0;
  await session.run(async () => {
    await session.connect();
    wire.cut();
    cut = performance.now();
  });
  expect(performance.now() - cut).toBeLessThan(4000);
  await lock.release();
  expect(performance.now() - cut).toBeLessThan(10_000);
});
