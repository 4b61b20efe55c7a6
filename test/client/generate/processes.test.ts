// Several processes of one package: what gen makes of a Procfile, and a web server beside its worker, started for real.
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readApp } from "../../../client/generate/app.ts";
import { notesFor } from "../../../client/generate/advice.ts";
import { planFiles } from "../../../client/generate/plan.ts";
import { NODE, removeTemporary, start, temporaryDirectory, type Finished } from "../../end-to-end/processes.ts";
import { generated, projectOf } from "./generated.ts";
import { install, pack } from "./installed.ts";

afterAll(removeTemporary);

const FILES = {
  "package.json": { name: "shop", version: "1.0.0", scripts: { start: "node server.js" } },
  "server.js": 'require("http").createServer((_q, s) => s.end("ok")).listen(0, "127.0.0.1");\n',
  "worker.js": "setInterval(() => {}, 1000);\n",
};

async function planned(files: Record<string, string | object>, options: object = {}) {
  const app = await readApp(projectOf({ ...FILES, ...files }), options);
  const plan = planFiles(app, { kubernetes: true, systemd: true, ...options });
  const textOf = (name: string) => plan.find((file) => file.path === name)?.text;
  const { remsh } = JSON.parse(textOf("package.json") ?? "") as { remsh: Record<string, unknown> };
  return { remsh, textOf, notes: notesFor(app, {}, []), names: plan.map((file) => file.path) };
}

describe("gen release", () => {
  const PROCFILE =
    "web: npm start\nworker: Q=1 node worker.js --queue mails\nclock: ./clock.sh\nrelease: npx knex migrate:latest\n";

  test("makes a process of each line of a Procfile, and a hook of its release", async () => {
    const { remsh, notes, textOf, names } = await planned({ Procfile: PROCFILE });
    expect(remsh).toMatchObject({
      entry: "./server.js",
      processes: { worker: { entry: "./worker.js", args: ["--queue", "mails"], env: { Q: "1" } } },
    });
    expect(notes).toContain('Procfile\'s "clock: ./clock.sh" is not taken over (there is no "./clock.sh")');
    expect(textOf("release.js")).toContain('command("npx knex migrate:latest")');
    expect(names).toEqual(
      expect.arrayContaining(["rel/kubernetes/deployment-worker.yaml", "rel/systemd/shop-worker.service"]),
    );
    expect(textOf("rel/kubernetes/deployment-worker.yaml")).toMatch(
      /name: shop-worker\n[^]*component: worker\n[^]*args: \[bin\/shop, start, worker\]/,
    );
    expect(textOf("rel/kubernetes/deploy")).toContain("kubectl rollout status deployment/shop-worker");
    expect(textOf("rel/systemd/shop-worker.service")).toContain("ExecStart=/srv/shop/bin/shop start worker\n");
    expect(textOf("rel/systemd/shop.service")).toContain("RuntimeDirectoryPreserve=yes\n");
  });

  test("takes the Procfile's web where there is no start script", async () => {
    const packageJson = { name: "shop" };
    const { remsh } = await planned({ "package.json": packageJson, Procfile: "web: node worker.js --web" });
    expect(remsh).toMatchObject({ entry: "./worker.js", args: ["--web"] });
  });

  test("adds a process to those that there are, and leaves the app alone", async () => {
    const remsh = { entry: "./server.js", tasks: "./server.js", processes: { mail: { entry: "./mail.js" } } };
    const files = { "package.json": { name: "shop", remsh } };
    const found = await planned(files, { process: "worker", entry: "worker.js" }).catch((error: unknown) => error);
    expect(found).toBeInstanceOf(Error); // the entry is looked for in the working directory
    const root = projectOf({ ...FILES, ...files });
    const app = await readApp(root, { process: "worker", entry: path.join(root, "worker.js") });
    const text = planFiles(app, {}).find((file) => file.path === "package.json")?.text ?? "";
    expect(JSON.parse(text)).toEqual({
      name: "shop",
      remsh: { ...remsh, processes: { mail: { entry: "./mail.js" }, worker: { entry: "./worker.js" } } },
    });
  });

  test.each([
    [
      { app: "shop-worker", entry: "worker.js" },
      'Cannot add "shop-worker": the package\'s release is "shop" (gen release --process worker --entry worker.js adds a process to it)',
    ],
    [{ process: "a b" }, 'Cannot use "a b" as the name of a process'],
    [{ process: "clock" }, 'Cannot add the process "clock": say which file starts it (--entry <file>)'],
  ])("never turns the first one round: %j", async (options, sentence) => {
    const remsh = { entry: "./server.js", tasks: "./server.js" };
    await expect(planned({ "package.json": { name: "shop", remsh } }, { ...options, force: true })).rejects.toThrow(
      sentence,
    );
  });
});

describe("a web server and its worker", () => {
  let root: string;
  let env: Record<string, string>;
  const run = (...words: string[]): Promise<Finished> =>
    start(path.join(root, "bin/shop"), words, { env, cwd: "/" }).finished;
  beforeAll(async () => {
    const remsh = {
      tasks: "./tasks.js",
      args: ["--web"],
      processes: { worker: { entry: "./worker.js", args: ["-q"] } },
    };
    const tasks =
      'exports.Release = { what: () => [process.argv[1].split("/").pop(), ...process.argv.slice(2)].join(" ") };';
    root = projectOf({ ...FILES, "package.json": { name: "shop", remsh, main: "server.js" }, "tasks.js": tasks });
    install(root, pack());
    await generated(root);
    env = { REMSH_RUNTIME_DIR: temporaryDirectory(), REMSH_NODE: NODE };
  });
  afterEach(async () => {
    await Promise.all([run("stop"), run("stop", "worker")]);
  });

  test("are started, asked and stopped by one launcher, and one is never taken for the other", async () => {
    expect(await run("daemon", "worker")).toMatchObject({ stderr: "", code: 0 });
    expect(await run("ping")).toMatchObject({ stdout: "", code: 69 });
    expect(await run("stop"), "no web server runs").toMatchObject({ code: 69 });
    expect(await run("daemon")).toMatchObject({ stderr: "", code: 0 });
    expect(await run("rpc", "Release.what")).toMatchObject({ stdout: "server.js --web\n" });
    expect(await run("rpc", "--instance", "worker", "Release.what")).toMatchObject({ stdout: "worker.js -q\n" });
    expect(await run("daemon", "worker")).toMatchObject({ code: 75 });
    expect(await run("restart", "worker")).toMatchObject({ code: 0 });
    expect(await run("stop")).toMatchObject({ stderr: "", code: 0 });
    expect(await run("ping", "worker")).toMatchObject({ stdout: "pong\n" });
    expect(await run("start", "wroker")).toMatchObject({ code: 64 });
  });
});
