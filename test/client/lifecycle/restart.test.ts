import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, onTestFinished, test } from "vitest";
import { eventually, removeTemporary } from "../../end-to-end/processes.ts";
import { makeProject, SERVER, type ProjectOptions, type TestProject } from "./project.ts";

const daemons: TestProject[] = [];
afterEach(async () => {
  await Promise.all(daemons.splice(0).map(({ shop }) => shop("stop", "--timeout", "2s")));
});
afterAll(removeTemporary);

const DONE = { stdout: "", stderr: "", code: 0 };
const PONG = { stdout: "pong\n", stderr: "", code: 0 };

async function daemonOf(options: ProjectOptions = {}): Promise<TestProject> {
  const project = makeProject(options);
  daemons.push(project);
  expect(await project.shop("daemon")).toEqual(DONE);
  return project;
}

/** Changes what package.json says of remsh. */
function configure({ root }: TestProject, settings: Record<string, unknown>): void {
  const file = path.join(root, "package.json");
  const { remsh, ...manifest } = JSON.parse(readFileSync(file, "utf8")) as { remsh: object };
  writeFileSync(file, JSON.stringify({ ...manifest, remsh: { ...remsh, ...settings } }));
}

describe("restart", () => {
  test("brings a new process, ready before it returns", async () => {
    const { shop } = await daemonOf();
    const before = (await shop("pid")).stdout;
    expect(await shop("restart")).toEqual(DONE);
    expect(await shop("ping", "--ready")).toEqual(PONG);
    expect((await shop("pid")).stdout).not.toBe(before);
  });

  test("--if-changed compares the version that runs with the one on disk", async () => {
    const { shop, root } = await daemonOf();
    const id = (await shop("pid")).stdout.trim();
    expect(await shop("restart", "--if-changed")).toEqual({
      stdout: `shop ${id} runs 1.0.0 already\n`,
      stderr: "",
      code: 0,
    });
    const file = path.join(root, "package.json");
    writeFileSync(file, readFileSync(file, "utf8").replace("1.0.0", "1.0.1"));
    expect(await shop("restart", "--if-changed")).toEqual(DONE);
    expect((await shop("rpc", "Release.env", "REMSH_VERSION")).stdout).toBe("1.0.1\n");
  });

  test("exits 69 when nothing runs", async () => {
    expect(await makeProject().shop("restart")).toMatchObject({ code: 69 });
  });

  test("of one of two unnamed instances brings that one back", async () => {
    const { shop, startShop } = await daemonOf();
    const first = (await shop("pid")).stdout.trim();
    const second = startShop(["start"]);
    await second.printed("open");
    const { pid } = second.child;
    onTestFinished(async () => void (await shop("stop", "--any", "--timeout", "2s")));
    await eventually(async () => (await shop("pid")).code === 64, "two instances listen");
    expect(await shop("restart", "--instance", first)).toEqual(DONE);
    expect(await shop("--instance", first, "ping", "--ready")).toEqual(PONG);
    expect((await shop("--instance", first, "pid")).stdout.trim()).not.toBe(first);
    expect(pid && process.kill(pid, 0)).toBe(true);
    expect((await shop("pid")).stderr).toContain(`2 instances of shop run here, ${first}, `);
  });

  test("keeps the log of an instance that package.json names", async () => {
    const { shop, root } = await daemonOf({ remsh: { instance: "web" } });
    expect(await shop("restart")).toEqual(DONE);
    expect(readdirSync(path.join(root, "log"))).toEqual(["shop.log"]);
    expect(await shop("--instance", "web", "ping")).toEqual(PONG);
  });

  test.each([
    [
      "a setting that is none",
      (project: TestProject) => configure(project, { nodeArgs: "--x" }),
      /^Cannot use package\.json: "remsh\.nodeArgs" must be a list of strings\n$/,
    ],
    [
      "no entry",
      ({ root }: TestProject) => rmSync(path.join(root, "server.js")),
      /^Cannot start shop: its entry ".*server\.js" does not exist\n$/,
    ],
    [
      "a hook that is not executable",
      ({ root }: TestProject) => chmodSync(path.join(root, "rel/hooks/post_start.d/10"), 0o644),
      /^Cannot run the hook "post_start\.d\/10": it is not executable \(chmod \+x ".*"\)\n$/,
    ],
    [
      "a log that cannot be written",
      (project: TestProject) => configure(project, { log: { file: "server.js/own.log" } }),
      /^Cannot write the log ".*": E.*\n$/,
    ],
  ])("with %s exits 78, and the app goes on", async (_name, spoil, stderr) => {
    const project = await daemonOf({ hooks: { "post_start/10": "exit 0", "pre_stop/10": "echo stopping" } });
    const { shop } = project;
    const before = (await shop("pid")).stdout;
    spoil(project);
    expect(await shop("restart")).toEqual({ stdout: "", stderr: expect.stringMatching(stderr) as string, code: 78 });
    expect(await shop("ping", "--ready")).toEqual(PONG);
    expect((await shop("pid")).stdout).toBe(before);
  });

  test("leaves the entry to the start where a pre_configure hook may make it", async () => {
    const hooks = { "pre_configure/10": 'cp "$REMSH_ROOT/server.js" "$REMSH_ROOT/built.js"' };
    const { shop, root } = await daemonOf({ hooks, remsh: { entry: "built.js" } });
    rmSync(path.join(root, "built.js"));
    expect(await shop("restart")).toEqual(DONE);
  });

  test("of an app that had to be killed exits 0 when the new one is ready, and says so", async () => {
    const server = `${SERVER}process.removeAllListeners("SIGTERM").on("SIGTERM", () => {});`;
    const { shop } = await daemonOf({ files: { "server.js": server } });
    const id = (await shop("pid")).stdout.trim();
    const { stdout, stderr, code } = await shop("restart", "--timeout", "300ms", "--json");
    expect({ stderr, code }).toEqual({ stderr: `shop ${id} did not end within 300 ms, and was killed\n`, code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ restarted: true, killed: true });
    expect(await shop("ping", "--ready")).toEqual(PONG);
  });
});
