import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { appOf } from "../../../agent/instance/started-app.ts";
import { removeTemporary, temporaryDirectory } from "../../end-to-end/processes.ts";

afterAll(removeTemporary);

/** A folder with these files: an object is a package.json's content, and everything else is a program. */
function tree(files: Record<string, object | string>): (file: string) => string {
  const root = realpathSync(temporaryDirectory());
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return (file) => path.join(root, file);
}

/** The folder of the app's package.json, from the tree's own. */
function rootOf(at: (file: string) => string, program: string, { folder = "/", env = {} } = {}): string | undefined {
  const { manifest } = appOf({ program: at(program), folder, env });
  return manifest && path.relative(at(""), manifest.root);
}

const SHOP = { name: "shop", remsh: { entry: "./dist/server.js", tasks: "./dist/release.js" } };
const TASKS = { tasks: "./release.js" };

describe("without a launcher, the app's package.json is", () => {
  test("the nearest one with a name or settings", () => {
    const at = tree({
      "package.json": { name: "shop" },
      "dist/package.json": { type: "commonjs" },
      "dist/a.js": "",
      "jobs/package.json": { remsh: TASKS },
      "jobs/lib/b.js": "",
    });
    expect([rootOf(at, "dist/a.js"), rootOf(at, "jobs/lib/b.js")]).toEqual(["", "jobs"]);
  });

  test("the one whose entry is the program, whatever lies between them", () => {
    const at = tree({ "package.json": SHOP, "dist/package.json": { name: "built", remsh: {} }, "dist/server.js": "" });
    expect(rootOf(at, "dist/server.js")).toBe("");
    expect(rootOf(at, "dist")).toBe("dist");
    expect(rootOf(at, "dist/server"), "without its extension").toBe("");
    symlinkSync("dist/server.js", at("link.js"));
    expect(rootOf(at, "link.js"), "started by a link").toBe("");
  });

  test("not the copy that a compiler has put beside its output", () => {
    const at = tree({ "package.json": SHOP, "dist/package.json": SHOP, "dist/src/job.js": "" });
    expect(rootOf(at, "dist/src/job.js")).toBe("");
  });

  test.each(["entry", "tasks"])("that of another app of the same name, whose own %s is there", (setting) => {
    const inner = { name: "shop", remsh: { tasks: "./release.js", [setting]: "./job.js" } };
    const at = tree({ "package.json": SHOP, "cases/a/package.json": inner, "cases/a/job.js": "" });
    expect(rootOf(at, "cases/a/job.js")).toBe("cases/a");
  });

  test.each([".git", "node_modules"])("that of a checkout inside another one, which has its own %s", (own) => {
    const at = tree({ "package.json": SHOP, "trees/a/package.json": SHOP, "trees/a/job.js": "" });
    mkdirSync(at(`trees/a/${own}`));
    expect(rootOf(at, "trees/a/job.js")).toBe("trees/a");
  });

  test("a broken one only where no other is nearer", () => {
    const at = tree({ "package.json": "{", "api/package.json": { name: "api" }, "api/a.js": "", "b.js": "" });
    expect(rootOf(at, "api/a.js")).toBe("api");
    expect(() => rootOf(at, "b.js")).toThrow(`Cannot read "${at("package.json")}"`);
  });
});

describe("a program in node_modules", () => {
  const FASTIFY = "node_modules/fastify-cli/cli.js";
  const at = tree({
    "package.json": { name: "shop" },
    "node_modules/fastify-cli/package.json": { name: "fastify-cli" },
    [FASTIFY]: "",
    "node_modules/shop-server/package.json": { name: "shop-server", remsh: TASKS },
    "node_modules/shop-server/bin/run.js": "",
    "lib/a.js": "",
  });

  test("runs the app of the working directory", () => {
    expect(rootOf(at, FASTIFY, { folder: at("lib") })).toBe("");
    expect(rootOf(at, FASTIFY, { folder: temporaryDirectory() })).toBeUndefined();
  });

  test("is the app itself where its package has settings", () => {
    expect(rootOf(at, "node_modules/shop-server/bin/run.js")).toBe("node_modules/shop-server");
  });
});

test("a program without any package.json runs the app of the working directory", () => {
  const at = tree({ "loader.js": "", "shop/package.json": { name: "shop" } });
  expect(rootOf(at, "loader.js", { folder: at("shop") })).toBe("shop");
  expect(rootOf(at, "gone.js", { folder: at("shop") })).toBe("shop");
});

describe("under PM2, the app is that of the program which PM2 was told to run", () => {
  const at = tree({
    "shop/package.json": { name: "shop" },
    "shop/server.js": "",
    "pm2/lib/ProcessContainer.js": "",
    "pm2/lib/ProcessContainerFork.js": "",
    "pm2/package.json": { name: "pm2" },
    "node_modules/next/package.json": { name: "next" },
    "node_modules/next/dist/bin/next": "",
  });
  const variables = (file: string) => ({ pm_exec_path: at(file), pm_cwd: at("shop") });

  test.each(["shop/server.js", "node_modules/next/dist/bin/next"])("%s", (file) => {
    const env = variables(file);
    expect(rootOf(at, "pm2/lib/ProcessContainerFork.js", { env }), "fork mode").toBe("shop");
    const worker = { pm2_env: JSON.stringify(env) };
    expect(rootOf(at, "pm2/lib/ProcessContainer.js", { env: worker }), "cluster mode").toBe("shop");
  });

  test("but the variables alone, which its children inherit, decide nothing", () => {
    expect(rootOf(at, "pm2/lib/../package.json", { env: variables("shop/server.js") })).toBe("pm2");
  });
});

describe("with REMSH_ROOT", () => {
  const at = tree({
    "shop/package.json": SHOP,
    "shop/dist/package.json": { name: "built", remsh: TASKS },
    "shop/dist/server.js": "",
    "shop/jobs/package.json": { name: "jobs", remsh: TASKS },
    "shop/jobs/run.js": "",
    "nameless/package.json": {},
    "other/package.json": { name: "other" },
    "other/a.js": "",
    "node_modules/next/next.js": "",
  });
  const env = { REMSH_ROOT: at("shop"), REMSH_APP: "shop", REMSH_INSTANCE: "web", REMSH_RUNTIME_DIR: "/run/x" };

  test.each(["shop/dist/server.js", "other/a.js", "node_modules/next/next.js"])("%s is of the app there", (program) => {
    const app = appOf({ program: at(program), folder: at("other"), env });
    expect({ root: app.manifest?.root, env: app.env }).toEqual({ root: at("shop"), env });
  });

  test("which may have no name", () => {
    expect(rootOf(at, "other/a.js", { env: { REMSH_ROOT: at("nameless") } })).toBe("nameless");
  });

  test("a program of another app with settings of its own has inherited it, with the names", () => {
    const app = appOf({ program: at("shop/jobs/run.js"), folder: at("shop"), env });
    expect(app.manifest?.name).toBe("jobs");
    expect(app.env).toEqual({ REMSH_RUNTIME_DIR: "/run/x" });
  });
});
