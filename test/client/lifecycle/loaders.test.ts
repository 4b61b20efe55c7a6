// How Node loads the entry: a CommonJS one as if there were no preload, TypeScript by what the app has for it.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { appCommand } from "../../../client/project/app-command.ts";
import { findProject } from "../../../client/project/project.ts";
import { readSettings } from "../../../client/project/settings.ts";
import { removeTemporary, temporaryDirectory } from "../../end-to-end/processes.ts";
import { makeProject, type TestProject } from "./project.ts";

afterAll(removeTemporary);

interface Wanted {
  files?: Record<string, string>;
  packages?: string[];
  type?: string;
  remsh?: Record<string, unknown>;
}

/** Node's options for the app in a folder with these files and empty packages. */
function optionsFor(
  { files = {}, packages = [], type = "commonjs", remsh = {} }: Wanted,
  nodeOptions?: string,
): string[] {
  const root = temporaryDirectory();
  const manifest = { name: "shop", type, remsh: { entry: "server.js", tasks: "release.js", ...remsh } };
  for (const [name, text] of Object.entries({ "package.json": JSON.stringify(manifest), "server.js": "", ...files }))
    writeFileSync(path.join(root, name), text);
  for (const name of [...packages, "remsh/register"]) {
    mkdirSync(path.join(root, "node_modules", path.dirname(name)), { recursive: true });
    writeFileSync(path.join(root, "node_modules", `${name}.js`), "");
  }
  const project = findProject({}, { REMSH_ROOT: root });
  const command = appCommand({ project, settings: readSettings(project), words: [], nodeOptions });
  return command.slice(0, -1).map((word) => path.basename(word.replace("/index.js", "")));
}

describe("the agent's preload", () => {
  test("is required for a CommonJS entry, and imported for an ES module", () => {
    expect(optionsFor({})).toEqual(["--require", "register.js"]);
    expect(optionsFor({ type: "module" })).toEqual(["--import", "register.js"]);
    expect(optionsFor({ type: "module", files: { "a.cjs": "" }, remsh: { entry: "a.cjs" } })[0]).toBe("--require");
    expect(optionsFor({ files: { "a.mjs": "" }, remsh: { entry: "a.mjs" } })[0]).toBe("--import");
  });

  test("is imported where another option has every entry imported", () => {
    expect(optionsFor({ remsh: { nodeArgs: ["--import", "./otel.mjs"] } })).toEqual([
      "--import",
      "otel.mjs",
      "--import",
      "register.js",
    ]);
    expect(optionsFor({}, "--enable-source-maps --import=./otel.mjs")).toEqual(["--import", "register.js"]);
  });
});

describe("a TypeScript entry", () => {
  const files = { "server.ts": "" };
  const remsh = { entry: "server.ts" };

  test.each([
    ["tsx", ["tsx"], "commonjs", ["--import", "tsx.js", "--import", "register.js"]],
    ["tsx before ts-node", ["tsx", "ts-node/register"], "commonjs", ["--import", "tsx.js", "--import", "register.js"]],
    ["ts-node", ["ts-node/register"], "commonjs", ["--require", "register.js", "--require", "register.js"]],
    ["ts-node for ES modules", ["ts-node/esm"], "module", ["--loader", "esm.js", "--import", "register.js"]],
    ["swc-node", ["@swc-node/register"], "commonjs", ["--require", "register.js", "--require", "register.js"]],
    [
      "swc-node for ES modules",
      ["@swc-node/register/esm-register"],
      "module",
      ["--import", "esm-register.js", "--import", "register.js"],
    ],
  ])("runs through %s", (_name, ...[packages, type, options]) => {
    expect(optionsFor({ files, remsh, packages, type })).toEqual(options);
  });

  test("runs through what nodeArgs name", () => {
    const named = (...nodeArgs: string[]) => optionsFor({ files, remsh: { ...remsh, nodeArgs }, packages: ["tsx"] });
    expect(named("-r", "ts-node/register/transpile-only")).toEqual([
      "-r",
      "transpile-only",
      "--require",
      "register.js",
    ]);
    expect(named("--require=@swc-node/register")).toEqual(["register", "--require", "register.js"]);
    expect(named("--import", "tsx")).toEqual(["--import", "tsx", "--import", "register.js"]);
    expect(named("-r", "dotenv/config")[2]).toBe("--import");
  });
});

/** A loader such as ts-node: it compiles what is required, here by removing every ": string". */
const COMPILER = `
const fs = require("node:fs");
for (const extension of [".ts", ".js"]) {
  const before = require.extensions[extension] ?? require.extensions[".js"];
  require.extensions[extension] = (module, file) => {
    if (file.includes("node_modules") || file.includes("dist")) return before(module, file);
    module._compile(fs.readFileSync(file, "utf8").replaceAll(": string", "").replaceAll("@@", ""), file);
  };
}`;

test("a CommonJS app that is compiled when it is required runs, with its tasks, reload and eval", async () => {
  const project: TestProject = makeProject({
    files: {
      "package.json": JSON.stringify({
        name: "shop",
        version: "1.0.0",
        remsh: { entry: "server.ts", tasks: "release.ts" },
      }),
      "server.ts":
        'const name: string = "up"; console.log(name, module.parent, require.main === module); setInterval(() => {}, 60_000);',
      "release.ts": 'const said: string = "hello"; @@exports.Release = { hello: () => said };',
      "node_modules/ts-node/register.js": COMPILER,
    },
  });
  const { shop, root } = project;
  expect(await shop("daemon")).toEqual({ stdout: "", stderr: "", code: 0 });
  expect((await shop("logs")).stdout).toBe("up null true\n");
  expect(await shop("rpc", "Release.hello")).toMatchObject({ stdout: "hello\n" });
  writeFileSync(path.join(root, "release.ts"), '@@exports.Release = { hello: () => "again" };');
  expect(await shop("reload")).toMatchObject({ code: 0 });
  expect(await shop("rpc", "Release.hello")).toMatchObject({ stdout: "again\n" });
  expect(await shop("eval", "Release.hello")).toMatchObject({ stdout: "again\n", stderr: "" });
  expect(await shop("stop")).toMatchObject({ code: 0 });
});
