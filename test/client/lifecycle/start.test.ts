import { once } from "node:events";
import { copyFileSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import {
  eventually,
  NODE,
  removeTemporary,
  start,
  stop,
  temporaryDirectory,
  type Running,
} from "../../end-to-end/processes.ts";
import { makeProject, SERVER, type ProjectOptions, type TestProject } from "./project.ts";
import { residentMiB, supervisorLimitMiB } from "./resident.ts";

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => stop(each, "SIGTERM")));
});
afterAll(removeTemporary);

const PONG = { stdout: "pong\n", stderr: "", code: 0 };

interface Started extends Running {
  project: TestProject;
  shop: TestProject["shop"];
  pid: () => Promise<number>;
}

/** Starts the app, with what `words` say after `start --`. */
function startApp(options: ProjectOptions = {}, words: string[] = []): Started {
  const project = makeProject(options);
  const started = project.startShop(["start", "--", ...words]);
  running.push(started);
  const { shop } = project;
  return { ...started, project, shop, pid: async () => Number((await shop("pid")).stdout) };
}

async function startReady(options: ProjectOptions = {}, words: string[] = []): Promise<Started> {
  const started = startApp(options, words);
  expect(await started.shop("ping", "--ready", "--wait", "20s"), started.output.stderr).toEqual(PONG);
  return started;
}

describe("start", () => {
  test("runs the app in the foreground with its agent and its arguments", async () => {
    const { output, shop } = await startReady({}, ["--port", "3000"]);
    expect(output).toEqual({ stdout: 'open ["--port","3000"]\n', stderr: "" });
    expect(await shop("rpc", "Release.add", "1", "2")).toEqual({ stdout: "3\n", stderr: "", code: 0 });
    expect(await shop("rpc", "Release.env", "REMSH_VERSION")).toMatchObject({ stdout: "1.0.0\n" });
    expect(await shop("rpc", "Release.env", "REMSH_SUPERVISOR_FD")).toMatchObject({ stdout: "null\n" });
  });

  test("loads the tasks before anything is called, unless package.json says otherwise", async () => {
    const files = { "release.js": 'console.log("loaded"); export const Release = { one: () => 1 };' };
    const { printed } = startApp({ files });
    await printed("loaded\n");
    const other = await startReady({ files, remsh: { preload: false } });
    expect(other.output.stdout).toBe("open []\n");
    expect(await other.shop("rpc", "Release.one")).toMatchObject({ stdout: "1\n" });
    await other.printed("loaded\n");
  });

  test.each(["SIGTERM", "SIGINT"] as const)("passes %s on once, and exits as the app does", async (signal) => {
    const { child, finished } = await startReady();
    child.kill(signal);
    expect(await finished).toEqual({ stdout: `open []\n${signal}\n`, stderr: "", code: 0 });
  });

  test("passes other signals on", async () => {
    const { child, printed } = await startReady();
    child.kill("SIGUSR2");
    await printed("SIGUSR2\n");
  });

  test("exits with the app's code, and with 128 and the signal's number where one ended it", async () => {
    const first = await startReady();
    await first.shop("rpc", "Release.exit", "7");
    expect((await first.finished).code).toBe(7);
    const second = await startReady();
    process.kill(await second.pid(), "SIGKILL");
    expect((await second.finished).code).toBe(137);
  });

  test("of an entry that fails, exits as Node does, with its error", async () => {
    const { finished } = startApp({ files: { "server.js": 'throw new Error("no database");' } });
    const { code, stderr } = await finished;
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Error: no database") as string,
    });
  });

  test("kills an app that does not end in time", async () => {
    const files = { "server.js": `${SERVER}process.removeAllListeners("SIGTERM").on("SIGTERM", () => {});` };
    const { child, finished } = await startReady({ files, remsh: { stopTimeout: "300ms" } });
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ stderr: "shop did not end within 300 ms, and was killed\n", code: 137 });
  });

  test("leaves no socket and no process behind", async () => {
    const { child, finished, pid, project } = await startReady();
    const id = await pid();
    child.kill("SIGTERM");
    await finished;
    expect(() => process.kill(id, 0)).toThrow("ESRCH");
    expect(readdirSync(project.env.REMSH_RUNTIME_DIR ?? "")).toEqual([]);
  });

  test("of two instances, each is one of its own", async () => {
    const first = await startReady();
    const second = first.project.startShop(["start"], { REMSH_INSTANCE: "two" });
    running.push(second);
    await second.printed("open");
    expect(await first.shop("--instance", "two", "ping", "--ready", "--wait", "20s")).toEqual(PONG);
    expect(second.output.stderr).toBe("");
    expect(await first.shop("ping")).toMatchObject({ code: 64 });
  });

  test("of one more instance without a name says which run here; of one that runs already, exits 75", async () => {
    const { project, pid, shop } = await startReady();
    const first = await pid();
    const second = project.startShop(["start"]);
    running.push(second);
    await second.printed("open");
    expect(second.output.stderr).toBe(`shop runs here already, as ${first}: this is one more instance\n`);
    running.push(project.startShop(["start"], { REMSH_INSTANCE: "three" }));
    expect(await shop("--instance", "three", "ping", "--ready", "--wait", "20s")).toEqual(PONG);
    const socket = path.join(project.env.REMSH_RUNTIME_DIR ?? "", "shop/three.sock");
    for (const env of [{ REMSH_INSTANCE: "three" }, { REMSH_SOCKET: socket }])
      expect(await project.startShop(["start"], env).finished).toEqual({
        stdout: "",
        stderr: `Cannot start shop: it runs already, and answers at "${socket}"\n`,
        code: 75,
      });
  });

  test("says that it waits for an app that takes its time to end", async () => {
    const files = { "server.js": `${SERVER}process.on("SIGTERM", () => setTimeout(() => {}, 3500));` };
    const { child, finished } = await startReady({ files, remsh: { stopTimeout: "1m" } });
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({
      stderr: expect.stringMatching(/^shop has not ended yet, and is killed in 5\d(\.\d)? s\n$/) as string,
      code: 0,
    });
  });

  test("an app that is left by a killed supervisor goes on, and a new one starts beside its socket", async () => {
    const first = await startReady();
    const id = await first.pid();
    // Its output stays open in the app: only its exit tells that it is gone.
    const exited = once(first.child, "exit");
    first.child.kill("SIGKILL");
    await exited;
    expect(await first.shop("ping", "--ready")).toEqual(PONG);
    process.kill(id, "SIGKILL");
    await eventually(async () => (await first.shop("ping")).code === 69, "the app is gone");
    const second = first.project.startShop(["start"]);
    running.push(second);
    expect(await first.shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
  });
});

describe("the names in package.json", () => {
  test("count after the environment, for the app as for the commands", async () => {
    // A build has put a package.json beside its output, which is not the app's.
    const files = { "dist/package.json": '{ "name": "built", "type": "module" }', "dist/server.js": SERVER };
    const names = { app: "shop", instance: "main" };
    const { project, shop } = await startReady({ files, remsh: { ...names, entry: "dist/server.js" } });
    expect((await shop("pid", "--json")).stdout).toContain('"app":"shop","instance":"main"');
    expect(await project.startShop(["start"]).finished).toMatchObject({
      stderr: expect.stringContaining("Cannot start shop: it runs already, and answers at") as string,
      code: 75,
    });
    const env = { REMSH_APP: "blue", REMSH_INSTANCE: "one" };
    running.push(project.startShop(["start"], env));
    expect(await project.startShop(["ping", "--ready", "--wait", "20s"], env).finished).toEqual(PONG);
    const { stdout } = await project.startShop(["pid", "--json"], env).finished;
    expect(stdout).toContain('"app":"blue","instance":"one"');
  });
});

test("the app finds nothing of the daemon that has started it", async () => {
  const { shop } = makeProject();
  await shop("daemon");
  expect((await shop("rpc", "Release.env", "REMSH_LOG_FILE")).stdout).toBe("null\n");
  expect((await shop("rpc", "Release.env", "REMSH_WAITING_FILE")).stdout).toBe("null\n");
  await shop("stop");
});

describe("where start cannot become another program", () => {
  test("as with words beyond what one variable may have, it starts the app all the same", async () => {
    const words = Array.from({ length: 30_000 }, (_, index) => String(index));
    const { output } = await startReady({}, words);
    expect(output).toEqual({ stdout: `open ${JSON.stringify(words)}\n`, stderr: "" });
  });

  test.each([["start"], ["eval", "Release.pid"]])(
    "as with no descriptors left for the process of %s, it says so",
    async (...words) => {
      const { root, env } = makeProject();
      // Which number is one too few for the process, and enough for what starts it, is Node's business.
      const limits = [18, 19, 20, 21, 22];
      const ended = limits.map(async (limit) => {
        const started = start(
          "sh",
          ["-c", `ulimit -n ${limit}; exec "$0" "$@"`, path.join(root, "bin/shop"), ...words],
          { env },
        );
        return Promise.race([started.finished, started.printed("open").then(() => stop(started, "SIGTERM"))]);
      });
      for (const each of await Promise.all(ended)) {
        expect(each?.stderr ?? "").not.toContain("Cannot read properties");
        expect(each?.stderr ?? "").not.toContain("Unhandled 'error' event");
      }
    },
  );

  test("as after its Node was removed, it says so and exits 78", async () => {
    const node = path.join(temporaryDirectory(), "node");
    copyFileSync(NODE, node);
    const { startShop } = makeProject({ hooks: { "pre_start/10": `rm "${node}"` } });
    const { stdout, stderr, code } = await startShop(["start"], { REMSH_NODE: node }).finished;
    expect({ stdout, stderr, code }).toEqual({
      stdout: "",
      stderr: `Cannot start shop: spawn ${node} ENOENT\n`,
      code: 78,
    });
  });
});

describe("the app", () => {
  test("that calls startAgent itself has one agent, its own", async () => {
    const server = `import { startAgent } from "remsh";
      let ready = false;
      const agent = await startAgent({ tasks: { Own: { ready: () => { ready = true; }, pid: () => process.pid } }, ready: () => ready });
      process.on("SIGTERM", () => { clearInterval(timer); void agent.close(); });
      const timer = setInterval(() => {}, 1000);`;
    for (const remsh of [{}, { tasks: undefined }]) {
      const { shop, project } = startApp({ files: { "server.js": server }, remsh });
      await shop("ping", "--wait", "20s");
      await eventually(async () => (await shop("rpc", "Own.ready")).code === 0, "its own tasks are there");
      expect(await shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
      expect((await shop("tasks")).stdout).toBe("Own.pid\nOwn.ready\n");
      expect(readdirSync(path.join(project.env.REMSH_RUNTIME_DIR ?? "", "shop"))).toHaveLength(1);
    }
  });

  test("that starts its agent late, under a name of its own, has one agent", async () => {
    const server = `import { startAgent } from "remsh";
      setTimeout(() => startAgent({ instance: "late", tasks: { Own: { pid: () => process.pid } } }), 100);
      setInterval(() => {}, 1000);`;
    const { shop, project } = startApp({ files: { "server.js": server } });
    expect(await shop("--instance", "late", "ping", "--ready", "--wait", "20s")).toEqual(PONG);
    expect(readdirSync(path.join(project.env.REMSH_RUNTIME_DIR ?? "", "shop"))).toEqual(["late.sock"]);
  });

  test("may be CommonJS, and is still the main module", async () => {
    const files = {
      "package.json": JSON.stringify({
        name: "shop",
        version: "1.0.0",
        remsh: { entry: "main.cjs", tasks: "tasks.cjs" },
      }),
      "main.cjs": "console.log(require.main === module, process.argv[1] === __filename); setInterval(() => {}, 1000);",
      "tasks.cjs": "exports.Release = { one: () => 1 };",
    };
    const { output, shop } = await startReady({ files });
    expect(output.stdout).toBe("true true\n");
    expect(await shop("rpc", "Release.one")).toMatchObject({ stdout: "1\n" });
  });

  test("may fork: its children have no agent", async () => {
    const server = `import { fork } from "node:child_process";
      import { fileURLToPath } from "node:url";
      if (process.argv[2] !== "child") {
        const child = fork(fileURLToPath(import.meta.url), ["child"]);
        process.on("SIGTERM", () => { child.kill(); process.exit(); });
        child.on("message", (text) => console.log(text));
      } else setTimeout(() => process.send(JSON.stringify(process.execArgv)), 300);
      setInterval(() => {}, 1000);`;
    const { printed, project } = await startReady({ files: { "server.js": server } });
    await printed("[]");
    expect(readdirSync(path.join(project.env.REMSH_RUNTIME_DIR ?? "", "shop"))).toHaveLength(1);
  });

  test("may be TypeScript, and exits 78 where nothing can run it", async () => {
    const remsh = { entry: "server.ts", tasks: "release.ts" };
    const files = {
      "server.ts": `const port: number = 0;\nconsole.log("typed", port);${SERVER}`,
      "release.ts": "export const Release = { one: (): number => 1 };",
    };
    const project = makeProject({ files, remsh });
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    if (process.env.REMSH_TEST_NODE === undefined && (major < 22 || (major === 22 && minor < 18))) {
      expect(await project.shop("start")).toEqual({
        stdout: "",
        stderr: `Cannot run "server.ts": it is TypeScript, and Node ${process.versions.node} runs only JavaScript (npm install tsx)\n`,
        code: 78,
      });
    }
    symlinkSync(
      path.join(import.meta.dirname, "../../../node_modules/tsx"),
      path.join(project.root, "node_modules/tsx"),
    );
    running.push(project.startShop(["start"]));
    expect(await project.shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
    expect(await project.shop("rpc", "Release.one")).toMatchObject({ stdout: "1\n" });
  });
});

describe("start exits 78", () => {
  test.each([
    ["no entry", { entry: undefined }, /does not say how \("remsh": \{ "entry": "\.\/server\.js" \}\)\n$/],
    ["an entry that is missing", { entry: "lost.js" }, /its entry ".*\/lost\.js" does not exist\n$/],
    ["an unknown policy", { hooks: { onFailure: "retry" } }, /"remsh\.hooks\.onFailure" must be "stop" or "warn"\n$/],
    [
      "a time that is none",
      { hooks: { timeout: "5" } },
      /"remsh\.hooks\.timeout" must be a duration, not "5": write it as 300ms, 30s, 5m or 2h$/m,
    ],
    [
      "an unknown setting",
      { hooks: { retries: 5 } },
      /"remsh\.hooks" has no setting "retries" \(it has timeout, onFailure\)\n$/,
    ],
    ["words for Node that are none", { nodeArgs: "--inspect" }, /"remsh\.nodeArgs" must be a list of strings\n$/],
  ])("with %s", async (_name, remsh, message) => {
    const { shop } = makeProject({ remsh });
    expect(await shop("start")).toMatchObject({
      code: 78,
      stdout: "",
      stderr: expect.stringMatching(message) as string,
    });
  });
});

test("the supervisor of a running app stays under 45 MiB", async () => {
  const { child } = await startReady({ hooks: { "post_start/10": "exit 0" } });
  expect(residentMiB(child.pid ?? 0)).toBeLessThan(await supervisorLimitMiB());
});

test("node's own arguments reach the app", async () => {
  const server = 'console.log(process.execArgv.join(" "));setInterval(() => {}, 1000);';
  const { output } = await startReady({
    files: { "server.js": server },
    remsh: { nodeArgs: ["--max-old-space-size=256"] },
  });
  expect(output.stdout).toBe("--max-old-space-size=256\n");
});

test("an entry in node_modules, as a framework's own command is one, has the app's settings and names", async () => {
  const files = {
    "node_modules/framework/package.json": '{ "type": "module" }',
    "node_modules/framework/serve.js": SERVER,
  };
  const { shop } = await startReady({ files, remsh: { entry: "node_modules/framework/serve.js" } });
  expect(await shop("rpc", "Release.add", "1", "2")).toMatchObject({ stdout: "3\n", code: 0 });
  expect((await shop("status")).stdout).toContain("1.0.0");
});

test("without a launcher, remsh start does the same in the app's folder", async () => {
  const { root, env } = makeProject();
  const remsh = path.join(import.meta.dirname, "../../../dist/remsh.cjs");
  const started = start(env.REMSH_NODE ?? "", [remsh, "start"], { env, cwd: root });
  running.push(started);
  await started.printed("open");
});

test("the app's working directory is its folder, from wherever it is started", async () => {
  const { root, env } = makeProject({
    files: { "server.js": `console.log(process.cwd(), process.env.FROM_FILE);${SERVER}`, ".env": "FROM_FILE=read\n" },
    remsh: { nodeArgs: ["--env-file=.env"] },
  });
  const elsewhere = path.dirname(env.REMSH_RUNTIME_DIR ?? "");
  const relative = { ...env, REMSH_RUNTIME_DIR: path.basename(env.REMSH_RUNTIME_DIR ?? "") };
  const shop = (...words: string[]) => start(path.join(root, "bin/shop"), words, { env: relative, cwd: elsewhere });
  const started = shop("start");
  running.push(started);
  await started.printed(`${root} read\n`);
  expect(await shop("ping", "--ready", "--wait", "20s").finished, "a relative directory is the caller's").toEqual(PONG);
  expect(await shop("restart").finished).toMatchObject({ code: 0 });
  expect((await shop("logs").finished).stdout).toContain(`${root} read\n`);
  expect(await shop("stop").finished).toMatchObject({ code: 0 });
});
