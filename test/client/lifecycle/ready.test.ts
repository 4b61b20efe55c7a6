// When an app counts as ready: each rule with a real app and real commands. The apps of this file wait at the same time.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { eventually, removeTemporary, stop, type Running } from "../../end-to-end/processes.ts";
import { makeProject, type ProjectOptions, type TestProject } from "./project.ts";

const projects: TestProject[] = [];
const running: Running[] = [];
afterAll(async () => {
  await Promise.all(running.map((each) => stop(each, "SIGTERM")));
  await Promise.all(projects.map(({ shop }) => shop("stop", "--timeout", "1s")));
  removeTemporary();
});

function app(server: string, remsh: Record<string, unknown> = {}, more: ProjectOptions = {}): TestProject {
  const files = { "server.js": server, ...more.files };
  const project = makeProject({ ...more, files, remsh: { ready: undefined, ...remsh } });
  projects.push(project);
  return project;
}

/** The rows of `status` about readiness. */
async function readiness({ shop }: TestProject): Promise<string> {
  const { stdout } = await shop("status");
  return stdout
    .split("\n")
    .filter((line) => /^ {2}(state|ready when) /.test(line))
    .join("\n");
}

const READY = { stdout: "", stderr: "", code: 0 };

const AFTER = (ms: number, then: string) => `import http from "node:http";
setTimeout(() => { ${then} }, ${ms}); // as a framework's starter that nothing awaits
`;

describe.concurrent("an app", () => {
  test("that opens a server is ready when that listens, and status says so", async () => {
    const listen =
      'http.createServer().listen(0, "127.0.0.1", function () { console.log(`port ${this.address().port}`); });';
    const project = app(AFTER(1000, listen));
    expect(await project.shop("daemon")).toEqual(READY);
    const port = /port (\d+)/.exec(readFileSync(path.join(project.root, "log/shop.log"), "utf8"))?.[1];
    expect(port).toBeDefined();
    expect(await readiness(project)).toBe(
      `  state       ready\n  ready when  its first server listens (127.0.0.1:${port})`,
    );
  });

  test("without a server is ready after a few seconds", async () => {
    const project = app("setInterval(() => {}, 1000);");
    const begun = performance.now();
    expect(await project.shop("daemon")).toEqual(READY);
    expect(performance.now() - begun).toBeGreaterThan(5000);
    expect(await readiness(project)).toBe(
      "  state       ready\n  ready when  its entry has been evaluated, and no server listened within 5 s",
    );
  });

  test("whose entry awaits for ever, as a consumer's loop does, is ready, too, and its hooks run", async () => {
    const loop = `import { setTimeout as sleep } from "node:timers/promises";
      async function* jobs() { for (;;) { await sleep(200); yield 1; } }
      for await (const job of jobs()) void job;`;
    const project = app(loop, {}, { hooks: { "post_start/10": "remsh ping --wait 10s && remsh rpc Release.add 1 2" } });
    expect(await project.shop("daemon")).toEqual(READY);
    expect(await readiness(project)).toBe(
      "  state       ready\n  ready when  its entry awaits, and no server listened within 5 s",
    );
  });

  test("that never comes to listen is not ready, and everything says what it waits for", async () => {
    const server = `import http from "node:http";
      const until = new Promise(() => setInterval(() => {}, 1000)); // its database is down
      until.then(() => http.createServer().listen(0));`;
    const project = app(server);
    running.push(project.startShop(["start"]));
    const reason =
      'nothing listens yet: server.js:3 opens a server ("ready": "evaluated" in package.json does not wait for it)';
    const expected = `  state       starting: ${reason}\n  ready when  its first server listens`;
    await eventually(async () => (await readiness(project)) === expected, "the app's source has been read");
    expect(await project.shop("ping", "--ready")).toMatchObject({
      stderr: expect.stringMatching(
        /^shop \d+ is starting: nothing listens yet: server\.js:3 opens a server/,
      ) as string,
      code: 75,
    });
  });

  test("that is late is reported with what it waits for", async () => {
    const project = app("setInterval(() => {}, 1000);", { ready: "listening" });
    const { stderr, code } = await project.shop("daemon", "--wait", "8s");
    expect(stderr).toContain("shop is not ready after 8 s (nothing listens yet), and is still starting: its log is ");
    expect(code).toBe(75);
  });

  test("that awaits before it listens says where", async () => {
    const server = `import http from "node:http";
      await new Promise(() => setInterval(() => {}, 1000));
      http.createServer().listen(0);`;
    const project = app(server);
    running.push(project.startShop(["start"]));
    await eventually(
      async () =>
        /server\.js:3 opens a server .*, and its entry awaits at server\.js:2\n/.test(await readiness(project)),
      "the app's source has been read",
    );
  });

  test("that ends within 2 s of being ready has not been started", async () => {
    const server = `import { startAgent } from "remsh";
      const endSoon = () => void setTimeout(() => process.exit(3), 1000);
      await startAgent({ ready: endSoon });`;
    const project = app(server);
    expect(await project.shop("daemon")).toMatchObject({
      stderr: expect.stringContaining("Cannot start shop: it ended with exit 3 within 2 s of being ready (") as string,
      code: 3,
    });
  });

  test("is not ready by the server of an APM, whenever that opens it", async () => {
    const apm = (ms: number) => `import http from "node:http";
      const open = () => http.createServer().listen(0, "127.0.0.1");
      ${ms === 0 ? "open()" : `setTimeout(open, ${ms})`};`;
    const files = { "now.mjs": apm(0), "late.mjs": apm(700) };
    const nodeArgs = ["--import", "./now.mjs", "--import", "./late.mjs"];
    const project = app(AFTER(1500, 'http.createServer().listen("s.sock");'), { nodeArgs }, { files });
    expect(await project.shop("daemon")).toEqual(READY);
    expect(await readiness(project)).toBe("  state       ready\n  ready when  its first server listens (s.sock)");
  });

  test("of a cluster is ready when a worker listens", async () => {
    const server = `import cluster from "node:cluster";
      import http from "node:http";
      if (cluster.isPrimary) setTimeout(() => cluster.fork(), 500);
      else http.createServer().listen(0, "127.0.0.1");`;
    const project = app(server);
    expect(await project.shop("daemon")).toEqual(READY);
    expect(await readiness(project)).toMatch(/ready when {2}its first server listens \(127\.0\.0\.1:\d+\)$/);
  });

  test("is not ready while its server is closed", async () => {
    const server = `import http from "node:http";
      const server = http.createServer().listen(0, "127.0.0.1");
      setInterval(() => {}, 1000);
      process.on("SIGUSR2", () => server.listening ? server.close() : server.listen(0, "127.0.0.1"));`;
    const { shop, startShop } = app(server);
    running.push(startShop(["start"]));
    expect((await shop("ping", "--ready", "--wait", "20s")).code).toBe(0);
    const pid = Number((await shop("pid")).stdout);
    process.kill(pid, "SIGUSR2");
    await eventually(async () => (await shop("ping", "--ready")).code === 75, "the server is closed");
    expect((await shop("ping", "--ready")).stderr).toMatch(
      / is not-ready: its server does not listen any longer \(127/,
    );
    process.kill(pid, "SIGUSR2");
    expect((await shop("ping", "--ready", "--wait", "20s")).code).toBe(0);
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe.concurrent('"ready" in package.json', () => {
  test("is a port: other servers do not count", async () => {
    const port = await freePort();
    const server = `import http from "node:http";
      http.createServer().listen(0, "127.0.0.1");
      setTimeout(() => http.createServer().listen(${port}, "127.0.0.1"), 800);`;
    const project = app(server, { ready: port });
    expect((await project.shop("daemon", "--wait", "20s")).code).toBe(0);
    expect(await readiness(project)).toBe(`  state       ready\n  ready when  port ${port} listens`);
  });

  test("is a path: the app is ready while it answers with a status below 400", async () => {
    const server = `import http from "node:http";
      let status = 503;
      const server = http.createServer((request, response) => response.writeHead(request.url === "/health" ? status : 404).end());
      server.listen(0, "127.0.0.1");
      process.on("SIGUSR2", () => { status = status === 503 ? 204 : 503; });`;
    const { shop, startShop, ...project } = app(server, { ready: "/health" });
    running.push(startShop(["start"]));
    const pid = async () => Number((await shop("pid")).stdout);
    await eventually(async () => (await shop("ping")).code === 0, "it is up");
    await eventually(async () => (await shop("ping", "--ready")).stderr.includes("503"), "it is asked");
    expect((await shop("ping", "--ready")).stderr).toMatch(/ is starting: GET \/health at 127\.0\.0\.1:\d+: 503\n$/);
    process.kill(await pid(), "SIGUSR2");
    expect((await shop("ping", "--ready", "--wait", "20s")).code).toBe(0);
    expect(await readiness({ shop, startShop, ...project })).toBe(
      "  state       ready\n  ready when  GET /health answers with a status below 400",
    );
    process.kill(await pid(), "SIGUSR2");
    await eventually(async () => (await shop("ping", "--ready")).stderr.includes("not-ready"), "it is asked again");
  });

  test('is "evaluated": no server is waited for', async () => {
    const project = app(AFTER(60_000, "http.createServer().listen(0);"), { ready: "evaluated" });
    expect(await project.shop("daemon")).toEqual(READY);
    expect(await readiness(project)).toBe("  state       ready\n  ready when  its entry has been evaluated");
  });

  test("is nothing else", async () => {
    const { stderr, code } = await app("", { ready: "soon" }).shop("start");
    expect({ stderr, code }).toEqual({
      stderr:
        'Cannot use package.json: "remsh.ready" must be "listening", "evaluated", a port (3000) or a path ("/health")\n',
      code: 78,
    });
  });
});

test("startAgent's own setting counts before that of package.json", async () => {
  const server = `import { startAgent } from "remsh";
    await startAgent({ ready: "evaluated" });
    setInterval(() => {}, 1000);`;
  const project = app(server, { ready: 1 });
  expect(await project.shop("daemon")).toEqual(READY);
  expect(await readiness(project)).toBe("  state       ready\n  ready when  its entry has been evaluated");
});
