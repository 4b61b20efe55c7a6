// One process, several places that start an agent: a bundle with a copy of remsh inside, the preload, worker threads.
import { once } from "node:events";
import { rmSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { NODE, remsh, removeTemporary, start, stop } from "./processes.ts";
import { project, ROOT, type Project } from "./registered.ts";

afterAll(removeTemporary);

const MANIFEST = '{ "name": "shop", "version": "1.0.0", "remsh": { "tasks": "./release.js" } }';

/** The app in one file, with remsh inside. */
async function bundled(
  source: string,
  format: "esm" | "cjs",
): Promise<{ shop: Project; file: string; inputs: string[] }> {
  const release = "exports.Release = { hello: () => 'of package.json' };";
  const shop = project({ "package.json": MANIFEST, "app.mjs": source, "release.js": release });
  const file = path.join(shop.directory, format === "esm" ? "out/app.mjs" : "out/app.cjs");
  const entryPoints = [path.join(shop.directory, "app.mjs")];
  const options = { bundle: true, platform: "node", outfile: file, logLevel: "error", metafile: true } as const;
  const { metafile } = await build({ ...options, entryPoints, format });
  return { shop, file, inputs: Object.keys(metafile.inputs) };
}

const APP = `
  import { startAgent } from "remsh";
  import { Worker, isMainThread } from "node:worker_threads";
  const start = () => startAgent({ tasks: { Release: { hello: () => "of the app" } } });
  start().then(async ({ socket }) => {
    if (!isMainThread) return;
    await start();
    new Worker(process.argv[1]).once("exit", () => console.log("up", typeof socket));
    setInterval(() => {}, 60_000);
  });
`;

describe("remsh inside a bundle", () => {
  test("uses the files of the remsh that is installed, and the preload's agent; threads and second calls start none", async () => {
    const { shop, file } = await bundled(APP, "cjs");
    const { directory: cwd, env } = shop;
    const app = start(NODE, ["--import", "remsh/register", file], { env, cwd });
    await app.printed("up");
    expect(app.output.stdout).toBe("up string\n");
    const socket = path.join(cwd, `run/shop/${app.child.pid}.sock`);
    const sentence = `Cannot start a second agent at "${socket}": this process has one there already, and its tasks stay (call startAgent once, with all tasks)`;
    const warnings = app.output.stderr.split("\n").filter((line) => line.includes("RemshWarning"));
    expect(warnings).toEqual([`(node:${app.child.pid}) [REMSH_UNAVAILABLE] RemshWarning: ${sentence}`]);
    for (const [words, stdout] of [
      [["rpc", "Release.hello"], "of the app\n"],
      [["rpc", "1+1"], "2\n"],
      [["remote", "-e", "1+1"], "2\n"],
    ] as const)
      expect(await remsh([...words], { env: { ...env, REMSH_APP: "shop" } })).toEqual({ stdout, stderr: "", code: 0 });
    await stop(app);
  });

  test.each(["esm", "cjs"] as const)(
    "says in a bundle of %s that remsh is not installed, and the app lives",
    async (format) => {
      const source =
        'import { startAgent } from "remsh"; startAgent({ tasks: { hi() {} } }).then(({ socket }) => console.log(socket));';
      const { shop, file } = await bundled(source, format);
      rmSync(path.join(shop.directory, "node_modules"), { recursive: true });
      const { stdout, stderr, code } = await start(NODE, [file], { env: shop.env, cwd: shop.directory }).finished;
      expect({ stdout, code }).toEqual({ stdout: "undefined\n", code: 0 });
      expect(stderr).toContain(
        'RemshWarning: The app runs without its agent: Cannot start the agent: remsh is inside a bundle, without the files that it loads (tell the bundler external: ["remsh"], and install remsh beside the bundle)\n',
      );
    },
  );

  test("with migrations does not need the engines that the app does not use", async () => {
    const source = 'import { migrations, umzug } from "remsh/migrate"; console.log(typeof migrations, typeof umzug);';
    const { inputs } = await bundled(source, "esm");
    expect(inputs.filter((file) => /node_modules\/(knex|kysely|drizzle-orm|node-pg-migrate)\//.test(file))).toEqual([]);
  });
});

test("a worker thread of an app without an agent gets a warning, or an error where it requires one", async () => {
  const agent = JSON.stringify(path.join(ROOT, "dist/agent.js"));
  const worker = new Worker(
    `import(${agent}).then(async ({ startAgent }) => {
       const warned = new Promise((resolve) => process.once("warning", ({ message }) => resolve(message)));
       const { socket } = await startAgent({ app: "shop", tasks: { hi() {} } });
       const refused = await startAgent({ app: "shop", tasks: { hi() {} }, required: true }).catch(({ message }) => message);
       require("node:worker_threads").parentPort.postMessage([typeof socket, await warned, refused]);
     });`,
    { eval: true, stderr: true },
  );
  const sentence = "Cannot start the agent in a worker thread: it is for the app's main thread (call startAgent there)";
  expect(await once(worker, "message")).toEqual([["undefined", sentence, sentence]]);
  await worker.terminate();
});
