// An app that was started with other variables than the caller has: by a login session, and the caller is cron.
import { chmodSync, chownSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  eventually,
  NODE,
  REMSH,
  remsh,
  removeTemporary,
  start,
  startApp,
  temporaryDirectory,
  type App,
} from "../../end-to-end/processes.ts";
import { makeProject, type TestProject } from "./project.ts";

const isLinux = process.platform === "linux";

afterAll(removeTemporary);

describe.runIf(isLinux)("an app that a login session has started", () => {
  let project: TestProject;
  let login: Record<string, string>;
  let cron: Record<string, string>;

  beforeAll(async () => {
    // Of a name that no other test gives its app: those are found, too.
    const manifest = {
      name: "loggedin",
      version: "1.0.0",
      type: "module",
      remsh: { entry: "server.js", tasks: "release.js" },
    };
    project = makeProject({ files: { "package.json": JSON.stringify(manifest) } });
    const named = { REMSH_RUNTIME_DIR: "", REMSH_APP: "loggedin" };
    login = { ...named, XDG_RUNTIME_DIR: temporaryDirectory() };
    cron = { ...named, TMPDIR: temporaryDirectory(), XDG_RUNTIME_DIR: temporaryDirectory() };
    expect(await project.startShop(["daemon"], login).finished).toMatchObject({ stderr: "", code: 0 });
  });
  afterAll(() => project.startShop(["stop"], login).finished);

  test("is found by a shell with other variables", async () => {
    expect(await project.startShop(["ping"], cron).finished).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
    const { stdout } = await project.startShop(["rpc", "Release.pid"], cron).finished;
    const byName = await project.startShop(["--instance", stdout.trim(), "ping"], cron).finished;
    expect(byName).toMatchObject({ stdout: "pong\n", code: 0 });
  });

  test("is not where the caller has chosen the place", async () => {
    const chosen = await project.startShop(["ping"], { ...cron, REMSH_RUNTIME_DIR: temporaryDirectory() }).finished;
    expect(chosen).toMatchObject({ stdout: "", code: 69 });
  });

  test("has no second one beside it by a daemon that is asked for elsewhere", async () => {
    expect(await project.startShop(["daemon"], cron).finished).toMatchObject({
      stderr: expect.stringMatching(/^Cannot start loggedin: it runs here already, as \d+ \(/) as string,
      code: 75,
    });
  });

  test("stays in its place when it is restarted from elsewhere, and is stopped from there", async () => {
    expect(await project.startShop(["restart"], cron).finished).toMatchObject({
      stderr: expect.stringMatching(
        /^loggedin \d+ keeps the environment of its start, and TMPDIR differs here /,
      ) as string,
      code: 0,
    });
    expect(existsSync(path.join(login.XDG_RUNTIME_DIR ?? "", "remsh/loggedin"))).toBe(true);
    expect(await project.startShop(["ping"], login).finished).toMatchObject({ stdout: "pong\n", code: 0 });
    expect(await project.startShop(["stop"], cron).finished).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(await project.startShop(["ping"], login).finished).toMatchObject({ code: 69 });
  });
});

describe.runIf(isLinux && process.getuid?.() === 0)("another user's directory", () => {
  const UID = "54321";
  const as = (words: string[], env: Record<string, string>) =>
    start("setpriv", [`--reuid=${UID}`, `--regid=${UID}`, "--clear-groups", NODE, ...words], { env, cwd: "/" });

  test("in the place of one's own keeps no app from running, nor its client from finding it", async () => {
    const temporary = temporaryDirectory();
    chmodSync(temporary, 0o1777);
    mkdirSync(path.join(temporary, `remsh-${UID}`));
    chownSync(path.join(temporary, `remsh-${UID}`), 12_345, 12_345);
    const env = { TMPDIR: temporary, REMSH_APP: "taken" };
    const app = as([path.join(import.meta.dirname, "../../end-to-end/fixtures/quiet.mjs"), "stay"], env);
    onTestFinished(() => void app.child.kill("SIGKILL"));
    await app.printed("}\n");
    expect(app.output.stderr).toBe("");
    expect(await as([REMSH, "ping"], env).finished).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  });

  test("holds an app that root does not start a second time", async () => {
    const manifest = {
      name: "served",
      version: "1.0.0",
      type: "module",
      remsh: { entry: "server.js", tasks: "release.js" },
    };
    const { root, startShop } = makeProject({ files: { "package.json": JSON.stringify(manifest) } });
    chmodSync(root, 0o755);
    const temporary = temporaryDirectory();
    chmodSync(temporary, 0o1777);
    const words = [
      "--import",
      path.join(import.meta.dirname, "../../../dist/register.js"),
      path.join(root, "server.js"),
    ];
    const app = start("setpriv", [`--reuid=${UID}`, `--regid=${UID}`, "--clear-groups", NODE, ...words], {
      env: { TMPDIR: temporary, REMSH_ROOT: root },
      cwd: root,
    });
    onTestFinished(() => void app.child.kill("SIGKILL"));
    await app.printed("open");
    const own = { REMSH_RUNTIME_DIR: "", REMSH_APP: "served", XDG_RUNTIME_DIR: temporaryDirectory() };
    const there = `user ${UID} runs one in "${temporary}/remsh-${UID}": ask as that user`;
    await eventually(async () => (await startShop(["ping"], own).finished).stderr.includes(there), "root is told");
    expect(await startShop(["daemon"], own).finished).toMatchObject({
      stderr: `Cannot start served: it runs here already, as ${app.child.pid} of user ${UID} (restart it, or name one more with --instance)\n`,
      code: 75,
    });
  });

  test("is named to root, who asks for an app of that user, and is not used", async () => {
    const app: App = await startApp("quiet.mjs", { args: ["stay"], env: { REMSH_APP: "theirs" } });
    onTestFinished(() => app.stop());
    const { REMSH_RUNTIME_DIR: directory = "" } = app.env;
    chownSync(directory, 12_345, 12_345);
    expect(await remsh(["--app", "theirs", "ping"], {})).toMatchObject({
      stderr: expect.stringContaining(`; user 12345 runs one in "${directory}": ask as that user)`) as string,
      code: 69,
    });
  });
});
