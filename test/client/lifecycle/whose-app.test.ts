import { mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { connect } from "remsh/client";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { launcherScript } from "../../../client/project/launcher-script.ts";
import { folderHeader, isSameApp, readFolderHeader } from "../../../shared/app-folder.ts";
import { eventually, remsh, removeTemporary, start, temporaryDirectory } from "../../end-to-end/processes.ts";
import { makeProject, type TestProject } from "./project.ts";
import { suspend } from "../../system-processes.ts";

const daemons: TestProject[] = [];
afterEach(async () => {
  await Promise.all(daemons.splice(0).map(({ shop }) => shop("stop", "--timeout", "2s")));
});
afterAll(removeTemporary);

const DONE = { stdout: "", stderr: "", code: 0 };
const PONG = { stdout: "pong\n", stderr: "", code: 0 };

/** A folder beside others whose apps share one runtime directory. */
function folder(root: string, directory: string, packageName = "shop"): TestProject {
  const remshSettings = { entry: "server.js", tasks: "release.js" };
  const manifest = { name: packageName, version: "1.0.0", type: "module", remsh: remshSettings };
  const files = {
    "package.json": JSON.stringify(manifest),
    "release.js": "export const Release = { folder: () => process.cwd(), pid: () => process.pid };",
    "bin/shop": launcherScript({ app: "shop", packageName }),
  };
  const made = makeProject({ root, files });
  const env = { ...made.env, REMSH_RUNTIME_DIR: directory };
  const startShop = (words: string[], more = {}) =>
    start(path.join(root, "bin/shop"), words, { env: { ...env, ...more }, cwd: root });
  const project = { root, env, startShop, shop: (...words: string[]) => startShop(words).finished };
  daemons.push(project);
  return project;
}

describe("of two folders with one name", () => {
  test("each launcher speaks with its own app", async () => {
    const base = realpathSync(temporaryDirectory());
    const directory = temporaryDirectory();
    const production = folder(path.join(base, "production"), directory);
    const staging = folder(path.join(base, "my staging ü"), directory);
    expect(await production.shop("daemon")).toEqual(DONE);
    const id = (await production.shop("pid")).stdout.trim();
    const other = `Cannot reach shop: the app in "${staging.root}" does not run here; shop ${id} runs in "${production.root}" (if you mean that one, name it with --app)\n`;
    for (const words of [
      ["ping"],
      ["ping", "--ready"],
      ["rpc", "Release.folder"],
      ["rpc", "1+1"],
      ["remote", "-e", "1"],
      ["status"],
      ["stop"],
      ["restart"],
      ["drain"],
      ["--instance", id, "pid"],
    ])
      expect(await staging.shop(...words), words.join(" ")).toEqual({ stdout: "", stderr: other, code: 69 });
    const { stdout } = await staging.shop("stop", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "OTHER_APP" }, exitCode: 69 });
    expect(await staging.shop("--app", "shop", "rpc", "Release.pid")).toEqual({
      stdout: `${id}\n`,
      stderr: "",
      code: 0,
    });
    expect(await remsh(["pid"], { env: staging.env, cwd: staging.root })).toMatchObject({ stderr: other, code: 69 });
    const socket = path.join(directory, `shop/${id}.sock`);
    expect(await staging.startShop(["ping"], { REMSH_SOCKET: socket }).finished).toEqual(PONG);

    // Both run: neither needs a name.
    expect(await staging.shop("daemon")).toEqual(DONE);
    const here = (await staging.shop("pid")).stdout.trim();
    expect(here).not.toBe(id);
    for (const [project, own] of [
      [staging, here],
      [production, id],
    ] as const) {
      expect(await project.shop("ping")).toEqual(PONG);
      expect(await project.shop("rpc", "Release.pid")).toMatchObject({ stdout: `${own}\n` });
    }
    expect(await remsh(["--app", "shop", "pid"], { env: production.env })).toMatchObject({ code: 64 });
    expect(await staging.shop("stop")).toEqual(DONE);
    expect(await production.shop("ping")).toEqual(PONG);

    // One that does not answer is not stopped for the other, either.
    await suspend(Number(id));
    expect(await staging.shop("stop", "--timeout", "2s")).toMatchObject({ code: 69 });
    process.kill(Number(id), "SIGCONT");
    expect(await production.shop("stop")).toEqual(DONE);
  });

  test("and of two scopes each has a directory of its own", async () => {
    const base = realpathSync(temporaryDirectory());
    const directory = temporaryDirectory();
    const acme = folder(path.join(base, "acme"), directory, "@acme/shop");
    const other = folder(path.join(base, "other"), directory, "@other/shop");
    expect(await acme.shop("daemon")).toEqual(DONE);
    const id = (await acme.shop("pid")).stdout.trim();
    expect(await other.shop("stop")).toMatchObject({
      stderr: "Cannot reach shop: no app of that name runs here (running: @acme/shop)\n",
      code: 69,
    });
    expect(await acme.startShop(["ping"], { REMSH_NODE: "/nonexistent" }).finished, "without Node").toEqual(PONG);
    for (const name of ["shop", "@acme/shop"])
      expect(await remsh(["--app", name, "pid"], { env: acme.env }), name).toEqual({
        stdout: `${id}\n`,
        stderr: "",
        code: 0,
      });
    expect(await remsh(["--app", "@other/shop", "pid"], { env: acme.env })).toMatchObject({ code: 69 });
    const client = await connect({ socket: path.join(directory, `@acme+shop/${id}.sock`) });
    expect(await client.ping()).toMatchObject({ app: "shop", root: acme.root });
    await client.close();
    expect(await acme.shop("stop")).toEqual(DONE);
  });
});

test("a release that a link leads to is the same app after the next one", async () => {
  const base = realpathSync(temporaryDirectory());
  const directory = temporaryDirectory();
  const [first, second] = ["versions/42", "versions/43"].map((name) => folder(path.join(base, name), directory));
  const current = path.join(base, "current");
  symlinkSync("versions/42", current);
  const launched = (...words: string[]) =>
    start(path.join(current, "bin/shop"), words, { env: first?.env ?? {} }).finished;
  expect(await launched("daemon")).toEqual(DONE);
  const id = (await launched("pid")).stdout;
  symlinkSync("versions/43", `${current}.new`);
  renameSync(`${current}.new`, current);
  expect(await launched("ping")).toEqual(PONG);
  expect(await second?.shop("pid"), "by its own folder").toEqual({ stdout: id, stderr: "", code: 0 });
  expect(await launched("restart")).toEqual(DONE);
  expect((await launched("rpc", "Release.folder")).stdout).not.toBe("");
  expect(await launched("stop")).toEqual(DONE);
  await eventually(async () => (await launched("ping")).code === 69, "it has ended");
});

describe("an app is the same", () => {
  const own = { root: "/srv/shop/releases/42", isGiven: true };
  test.each([
    ["of the very folder", own, { root: "/srv/shop/releases/42" }, true],
    ["of the next release", own, { root: "/srv/shop/releases/43" }, true],
    ["but not of another app's releases", own, { root: "/srv/api/releases/42" }, false],
    ["but not of a folder beside it", { root: "/usr", isGiven: true }, { root: "/etc" }, false],
    [
      "of the name by which it was launched",
      { root: "/v/1", folder: "/srv/now", isGiven: true },
      { root: "/v/2", folder: "/srv/now" },
      true,
    ],
    ["with its program deeper in it", { root: "/srv/a/dist", isGiven: false }, { root: "/srv/a" }, true],
    ["but not with a worktree in it that says so", { root: "/srv/a/w", isGiven: true }, { root: "/srv/a" }, false],
  ])("%s", (...[, app, asked, expected]) => {
    expect(isSameApp(app, asked)).toBe(expected);
  });

  test("whatever its folder is called", () => {
    for (const root of ["/srv/a b", "/srv/ü%20", "/srv/new\nline\r", "/srv/🦊,;"]) {
      expect(readFolderHeader(folderHeader({ root, folder: `${root}/x` }))).toEqual({ root, folder: `${root}/x` });
      expect(folderHeader({ root })).toMatch(/^[\x21-\x7e]+$/);
    }
    expect(readFolderHeader("%")).toBe(undefined);
  });
});

test("a project without a folder of its own is found by its name", async () => {
  const project = makeProject();
  daemons.push(project);
  expect(await project.shop("daemon")).toEqual(DONE);
  const nowhere = temporaryDirectory();
  mkdirSync(path.join(nowhere, "x"));
  writeFileSync(path.join(nowhere, "x/file"), "");
  expect(await remsh(["ping"], { env: { ...project.env, REMSH_APP: "shop" }, cwd: nowhere })).toEqual(PONG);
});
