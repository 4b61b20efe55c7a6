// `npm ci` under a running app: what it had not loaded yet is gone, or is another version's.
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { NODE, remsh, removeTemporary, start, stop, temporaryDirectory } from "./processes.ts";

const ROOT = path.join(import.meta.dirname, "../..");

afterAll(removeTemporary);

/** An app with remsh in its own node_modules. */
function layOut(): { file: string; modules: string; dist: string } {
  const folder = temporaryDirectory();
  const modules = path.join(folder, "node_modules");
  mkdirSync(path.join(modules, "remsh"), { recursive: true });
  for (const name of ["dist", "package.json"])
    cpSync(path.join(ROOT, name), path.join(modules, "remsh", name), { recursive: true });
  for (const name of ["acorn", "devalue", "vm2"])
    symlinkSync(path.join(ROOT, "node_modules", name), path.join(modules, name));
  const file = path.join(folder, "app.mjs");
  writeFileSync(
    file,
    `import { startAgent } from "remsh";
     import { Session } from "node:inspector";
     import { pathToFileURL } from "node:url";
     const copy = async () => (await import("./node_modules/copy/dist/agent.js")).currentRun()?.task;
     // Tells when the console's modules have been loaded, which loads neither: both are on their way by then.
     const CONSOLE = process.argv.slice(2).map((each) => pathToFileURL(each).href);
     const session = new Session();
     const parsed = new Set();
     session.connect();
     session.on("Debugger.scriptParsed", ({ params: { url } }) => {
       if (!CONSOLE.includes(url) || parsed.add(url).size < CONSOLE.length) return;
       // Not in the middle of what V8 tells it: Node 24 ends by that.
       setImmediate(async () => {
         session.disconnect();
         await Promise.all(CONSOLE.map((each) => import(each)));
         console.log("consoles loaded");
       });
     });
     session.post("Debugger.enable");
     await startAgent({ required: true, tasks: { Release: { copy } } });
     setInterval(() => {}, 1000);
     console.log("up");`,
  );
  return { file, modules, dist: path.join(modules, "remsh/dist") };
}

/** The files of the build that hold what a console needs. */
function consoleModules(dist: string): string[] {
  const files = readdirSync(dist).filter((name) => name.startsWith("chunk-"));
  const found = files.filter((name) =>
    /^\/\/ agent\/console\/consol/m.test(readFileSync(path.join(dist, name), "utf8")),
  );
  expect(found.length).toBeGreaterThan(0);
  return found.map((name) => path.join(dist, name));
}

test("an app goes on under which remsh is replaced, with its consoles and the runs of a second copy", async () => {
  const { file, modules, dist } = layOut();
  const env = { REMSH_RUNTIME_DIR: temporaryDirectory(), REMSH_APP: "shop" };
  const app = start(NODE, [file, ...consoleModules(dist)], { env });
  await app.printed("up");
  cpSync(path.join(modules, "remsh"), path.join(modules, "copy"), { recursive: true });
  expect(await remsh(["rpc", "Release.copy"], { env })).toMatchObject({ stdout: "Release.copy\n", code: 0 });

  await app.printed("consoles loaded");
  for (const name of readdirSync(dist).filter((each) => each.startsWith("chunk-")))
    renameSync(path.join(dist, name), path.join(modules, name));
  expect(await remsh(["remote", "-e", "await Promise.resolve(6 * 7)"], { env })).toMatchObject({
    stdout: "42\n",
    code: 0,
  });
  await stop(app);
});

test("a console whose parser is gone says that the app is to be restarted, and a ping goes on", async () => {
  const { file, modules } = layOut();
  const env = { REMSH_RUNTIME_DIR: temporaryDirectory(), REMSH_APP: "shop" };
  const app = start(NODE, [file], { env });
  await app.printed("up");
  renameSync(path.join(modules, "acorn"), path.join(modules, "moved"));
  expect(await remsh(["remote", "-e", "1"], { env })).toMatchObject({
    code: 78,
    stderr: expect.stringContaining("it was replaced on the disk under the running app (restart the app)") as string,
  });
  expect(await remsh(["ping"], { env })).toMatchObject({ stdout: "pong\n", code: 0 });
  await stop(app);
});
