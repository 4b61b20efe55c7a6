import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { writeFile } from "../../../client/generate/write-files.ts";
import { launcherScript } from "../../../client/project/launcher-script.ts";
import { REMSH, remsh, removeTemporary, start, temporaryDirectory } from "../../end-to-end/processes.ts";
import { ALL, filesIn, gen, generated, MIGRATING, PLAIN, projectOf, textOf } from "./generated.ts";

afterAll(removeTemporary);

const BASE = ["bin/shop*", "package.json", "rel/env.sh", "rel/hooks/README.md", "release.js", "server.js"];

describe("gen release writes", () => {
  test("a launcher, the tasks, settings, hooks, and into package.json", async () => {
    const root = projectOf(PLAIN);
    expect(await gen(root)).toEqual({
      stdout: `shop, in ${root}
create     release.js
create     bin/shop
create     rel/env.sh
create     rel/hooks/README.md
update     package.json

Next:
  npm install remsh           # the agent and its client
  bin/shop start              # in the foreground
  bin/shop rpc Release.hello  # asks the running app
`,
      stderr: "",
      code: 0,
    });
    expect(Object.keys(filesIn(root))).toEqual(BASE);
    expect(textOf(root, "bin/shop")).toBe(launcherScript({ app: "shop" }));
    expect(JSON.parse(textOf(root, "package.json"))).toEqual({
      ...PLAIN["package.json"],
      remsh: { entry: "./server.js", tasks: "./release.js" },
    });
  });

  test("a hook that migrates where there is an engine", async () => {
    const root = projectOf(MIGRATING);
    await generated(root);
    expect(Object.keys(filesIn(root))).toContain("rel/hooks/pre_start.d/10-migrate*");
    expect(textOf(root, "release.js")).toContain('nodePgMigrate({ directory: path.join(root, "migrations") })');
  });

  test.each(["test", "echo", "true"])("a hook that does not call the shell's own %s", async (name) => {
    const root = projectOf(MIGRATING);
    await generated(root, "--app", name);
    // In place of remsh on the PATH: an app that cannot be migrated.
    const bin = temporaryDirectory();
    writeFileSync(path.join(bin, "remsh"), '#!/bin/sh\necho "$*"\nfalse\n', { mode: 0o755 });
    const hook = path.join(root, "rel/hooks/pre_start.d/10-migrate");
    const finished = start(hook, [], { env: { PATH: `${bin}:${process.env.PATH}` }, cwd: root }).finished;
    expect(await finished).toEqual({ stdout: "eval Release.migrate\n", stderr: "", code: 1 });
  });

  test("with --kubernetes a Job that migrates instead, also when it is run again without", async () => {
    const root = projectOf(MIGRATING);
    await generated(root, "--kubernetes");
    await generated(root);
    const files = Object.keys(filesIn(root));
    expect(files).toContain("rel/kubernetes/migrate.yaml");
    expect(files).toContain("bin/migrate*");
    expect(files).not.toContain("rel/hooks/pre_start.d/10-migrate*");
  });

  test("nothing that migrates where nothing does", async () => {
    const root = projectOf(PLAIN);
    await generated(root, ...ALL);
    expect(Object.keys(filesIn(root)).filter((name) => name.includes("migrate"))).toEqual([]);
    expect(textOf(root, "rel/kubernetes/deploy")).not.toContain("migrate");
  });

  test("an app that calls startAgent is told that it has other tasks, until it has these", async () => {
    const server = 'import { startAgent } from "remsh";\nawait startAgent({ tasks: {} });\n';
    const root = projectOf({ ...PLAIN, "server.js": server });
    const note =
      '- server.js calls startAgent: the running app has those tasks, and only eval these, unless it says tasks: () => import("./release.js")';
    const { stdout } = await gen(root, "--dry-run");
    expect(stdout).toContain(note);
    expect(stdout).toMatch(/\n {2}bin\/shop eval Release\.hello +# in a process of its own\n/);
    writeFileSync(path.join(root, "server.js"), server.replace("{}", '() => import("./release.js")'));
    const loading = await gen(root);
    expect(loading.stdout).not.toContain("startAgent");
    expect(loading.stdout).toMatch(/\n {2}bin\/shop rpc Release\.hello +# asks the running app\n/);
  });

  test("both a Job and a hook are said to be two", async () => {
    const root = projectOf(MIGRATING);
    await generated(root);
    expect((await gen(root, "--kubernetes")).stdout).toContain(
      "- Both rel/kubernetes/migrate.yaml and rel/hooks/pre_start.d/10-migrate migrate.",
    );
  });

  test("the folder of an engine that has none yet, so that it can be asked at once", async () => {
    const root = projectOf(MIGRATING);
    rmSync(path.join(root, "migrations"), { recursive: true });
    expect(await generated(root)).toContain("create     migrations/.gitkeep");
  });

  test("from a folder within the project", async () => {
    const root = projectOf({ ...PLAIN, "src/a.js": "" });
    await generated(path.join(root, "src"));
    expect(Object.keys(filesIn(root))).toContain("bin/shop*");
  });

  test("into a path with spaces, for a name with a scope", async () => {
    const packageJson = { ...PLAIN["package.json"], name: "@acme/shop" };
    const root = projectOf({ ...PLAIN, "package.json": packageJson }, path.join(temporaryDirectory(), "my shop's"));
    await generated(root, ...ALL);
    expect(Object.keys(filesIn(root))).toEqual(expect.arrayContaining(["bin/shop*", "rel/systemd/shop.service"]));
  });

  test("with --app another name, which package.json then has", async () => {
    const root = projectOf(PLAIN);
    await generated(root, "--app", "web");
    expect(JSON.parse(textOf(root, "package.json"))).toMatchObject({ remsh: { app: "web" } });
    expect(await generated(root)).toContain("identical  bin/web");
  });
});

describe("gen release run again", () => {
  test("changes not a byte", async () => {
    const root = projectOf(MIGRATING);
    await generated(root, ...ALL);
    const first = filesIn(root);
    const lines = await generated(root, ...ALL);
    expect(filesIn(root)).toEqual(first);
    expect(lines[0]).toBe("keep       release.js  (your tasks, which package.json names)");
    expect(lines.slice(1).every((line) => line.startsWith("identical  "))).toBe(true);
  });

  test("keeps what has been edited, says so, and exits 0", async () => {
    const root = projectOf(PLAIN);
    await generated(root, "--docker");
    for (const name of ["Dockerfile", "release.js", "rel/env.sh"]) writeFileSync(path.join(root, name), "# mine\n");
    const lines = await generated(root, "--docker");
    expect(lines).toContain("differs    Dockerfile  (not written; --force overwrites it)");
    for (const name of ["Dockerfile", "release.js", "rel/env.sh"]) expect(textOf(root, name)).toBe("# mine\n");
  });

  test("overwrites it with --force, but never the tasks", async () => {
    const root = projectOf(PLAIN);
    await generated(root, "--docker");
    const first = textOf(root, "Dockerfile");
    for (const name of ["Dockerfile", "release.js"]) writeFileSync(path.join(root, name), "# mine\n");
    expect(await generated(root, "--docker", "--force")).toContain("overwrite  Dockerfile");
    expect(textOf(root, "Dockerfile")).toBe(first);
    expect(textOf(root, "release.js")).toBe("# mine\n");
  });

  test("makes a launcher executable again", async () => {
    const root = projectOf(PLAIN);
    await generated(root);
    chmodSync(path.join(root, "bin/shop"), 0o644);
    expect(await generated(root)).toContain("update     bin/shop");
    expect(Object.keys(filesIn(root))).toContain("bin/shop*");
  });
});

describe("package.json keeps", () => {
  const WITH = { entry: "./server.js", tasks: "./release.js" };
  test.each([
    [
      "four spaces, lists on one line, no final newline",
      '{\n    "name": "shop",\n    "files": ["a", "b"]\n}',
      '{\n    "name": "shop",\n    "files": ["a", "b"],\n    "remsh": {\n        "entry": "./server.js",\n        "tasks": "./release.js"\n    }\n}',
    ],
    [
      "tabs and CRLF",
      '{\r\n\t"name": "shop"\r\n}\r\n',
      '{\r\n\t"name": "shop",\r\n\t"remsh": {\r\n\t\t"entry": "./server.js",\r\n\t\t"tasks": "./release.js"\r\n\t}\r\n}\r\n',
    ],
    ["one line", '{"name":"shop"}\n', `{"name":"shop", "remsh": ${JSON.stringify(WITH)}}\n`],
    [
      "what remsh in it says",
      '{\n  "remsh": { "stopTimeout": "5s", "entry": "server.js" },\n  "name": "shop"\n}\n',
      '{\n  "remsh": { "stopTimeout": "5s", "entry": "server.js", "tasks": "./release.js" },\n  "name": "shop"\n}\n',
    ],
    [
      "an empty remsh",
      '{\n  "name": "shop",\n  "remsh": {}\n}\n',
      '{\n  "name": "shop",\n  "remsh": { "entry": "./server.js", "tasks": "./release.js" }\n}\n',
    ],
    [
      "remsh on several lines",
      '{\n  "name": "shop",\n  "remsh": {\n    "stopTimeout": "5s"\n  }\n}\n',
      '{\n  "name": "shop",\n  "remsh": {\n    "stopTimeout": "5s",\n    "entry": "./server.js",\n    "tasks": "./release.js"\n  }\n}\n',
    ],
  ])("%s", async (_what, before, after) => {
    const root = projectOf({ "package.json": before, "server.js": "" });
    await generated(root);
    expect(textOf(root, "package.json")).toBe(after);
  });

  test("an entry that --entry contradicts, without --force", async () => {
    const root = projectOf({ ...PLAIN, "b.js": "" });
    await generated(root);
    const before = filesIn(root);
    expect(await gen(root, "--entry", "b.js")).toEqual({
      stdout: "",
      stderr: 'Cannot take "./b.js" for "entry": "remsh" in package.json says "./server.js" (--force changes that)\n',
      code: 64,
    });
    expect((await gen(root, "--tasks", "jobs.js")).stderr).toMatch(/^Cannot take "\.\/jobs\.js" for "tasks": /);
    expect(filesIn(root)).toEqual(before);
    expect(await generated(root, "--entry", "b.js", "--force")).toContain("overwrite  package.json");
    expect(JSON.parse(textOf(root, "package.json"))).toMatchObject({ remsh: { entry: "./b.js" } });
  });
});

describe("gen release writes nothing, and says why", () => {
  /** The sentence and the exit code; what is in the folder stays. */
  async function refused(root: string, ...words: string[]): Promise<[string, number | null]> {
    const before = filesIn(root);
    const { stdout, stderr, code } = await gen(root, ...words);
    expect(stdout).not.toContain("create");
    expect(filesIn(root)).toEqual(before);
    return [stderr, code];
  }

  test("without a package.json", async () => {
    const root = temporaryDirectory();
    expect(await refused(root)).toEqual([
      `Cannot generate a release: there is no package.json in "${root}" or above it (npm init)\n`,
      64,
    ]);
  });

  test.each([
    ["{ name: 1 }", /^Cannot read ".*package.json": /],
    ["[]", /^Cannot use package.json: it must be an object$/m],
    ['{ "name": "shop", "remsh": 7 }', /^Cannot use package.json: "remsh" must be an object$/m],
    ['{ "name": "shop", "remsh": null }', /^Cannot use package.json: "remsh" must be an object$/m],
    [
      '{ "name": "shop", "remsh": {}, "remsh": {} }',
      /^Cannot use package.json: "remsh", or a setting in it, is there twice$/m,
    ],
    [
      '{ "name": "shop", "remsh": null, "remsh": {} }',
      /^Cannot add "entry" to package.json: what it would be in is no object, or is there twice$/m,
    ],
    [
      '{ "name": "shop", "remsh": { "tasks": 7 } }',
      /^Cannot use package.json: "remsh.tasks" must be the path of a module$/m,
    ],
    [
      '{ "name": "shop", "remsh": { "entry": [] } }',
      /^Cannot use package.json: "remsh.entry" must be the path of a module$/m,
    ],
    ['{ "name": "shop", "remsh": { "stopTimeout": "soon" } }', /^Cannot use package.json: "remsh.stopTimeout" must be/],
  ])("with the package.json %s", async (text, sentence) => {
    const [stderr, code] = await refused(projectOf({ "package.json": text, "server.js": "" }));
    expect(stderr).toMatch(sentence);
    expect(code).toBe(78);
  });

  test("over a file that package.json does not name as the tasks", async () => {
    const root = projectOf({ ...PLAIN, "release.js": "publish();\n" });
    expect(await refused(root, "--force")).toEqual([
      'Cannot take "release.js" for the tasks: it is there already, and package.json does not name it (--tasks release.js takes it as it is, --tasks <file> another)\n',
      64,
    ]);
    expect(await generated(root, "--tasks", "release.js")).toContain(
      "keep       release.js  (your tasks, which package.json names)",
    );
  });

  test("where the tasks are a folder, or a file cannot be read", async () => {
    const root = projectOf({ ...PLAIN, "src/a.js": "" });
    const sentence = `Cannot take "${path.join(root, "src")}" for the module of the tasks: it is not a file\n`;
    expect(await refused(root, "--tasks", "src")).toEqual([sentence, 64]);
    mkdirSync(path.join(root, "tsconfig.json"));
    const [stderr, code] = await refused(root, "--entry", "dist/server.js");
    expect([stderr, code]).toEqual(["Cannot generate a release: EISDIR: illegal operation on a directory, read\n", 78]);
  });

  test("where a folder is in the way", async () => {
    const root = projectOf(PLAIN);
    mkdirSync(path.join(root, "bin/shop"), { recursive: true });
    expect(await refused(root)).toEqual(['Cannot write "bin/shop": it is there, and not a file\n', 78]);
  });

  test("where a file is in the way", async () => {
    const root = projectOf({ ...PLAIN, rel: "" });
    expect(await refused(root)).toEqual(['Cannot write "rel/env.sh": "rel" is not a folder\n', 78]);
  });

  test("through a link that leads out of the project", async () => {
    const outside = temporaryDirectory();
    const root = projectOf(PLAIN);
    symlinkSync(outside, path.join(root, "rel"));
    const [stderr, code] = await refused(root, "--force");
    expect([stderr, code]).toEqual([
      `Cannot write "rel/env.sh": it leads out of the project, to "${path.join(outside, "env.sh")}"\n`,
      78,
    ]);
  });

  test("through a link that leads nowhere", async () => {
    for (const [name, subject] of Object.entries({ bin: '"bin"', "bin/shop": "it" })) {
      const root = projectOf({ ...PLAIN, "bin/www": "" });
      rmSync(path.join(root, name), { recursive: true, force: true });
      symlinkSync("/nonexistent", path.join(root, name));
      const { stderr, code } = await gen(root, "--force");
      expect([stderr, code]).toEqual([`Cannot write "bin/shop": ${subject} is a link that leads nowhere\n`, 78]);
      expect(readdirSync(root).sort()).toEqual(["bin", "package.json", "server.js"]);
    }
  });

  test("with --dry-run, and shows what it would do", async () => {
    const root = projectOf(PLAIN);
    const before = filesIn(root);
    const { stdout, code } = await gen(root, "--dry-run", ...ALL);
    expect(stdout).toContain("create     Dockerfile\n");
    expect(stdout).toContain("\nNothing was written: this is what would be (--dry-run)\n");
    expect([code, filesIn(root)]).toEqual([0, before]);
  });

  test("for an app whose launcher would be the container's program", async () => {
    const root = projectOf({ ...PLAIN, "package.json": { ...PLAIN["package.json"], name: "server" } });
    expect(await refused(root, "--docker")).toEqual([
      "Cannot generate bin/server: it would be both the app's launcher and the container's program (--app <name>)\n",
      78,
    ]);
  });

  test("without knowing what to generate", async () => {
    const root = projectOf(PLAIN);
    const told = async (...words: string[]) => {
      const { stderr, code } = await remsh(["gen", ...words], { cwd: root });
      return [stderr, code];
    };
    expect(await told()).toEqual(["Cannot generate: say what (gen release)\n", 64]);
    expect(await told("relese")).toEqual(['Cannot generate: there is no "relese" (gen release)\n', 64]);
  });
});

test("an entry that package.json names and that is not there is told", async () => {
  const root = projectOf({ "package.json": { name: "shop", remsh: { entry: "./later.js" } } });
  expect((await gen(root)).stdout).toContain('- There is no "later.js" yet, which package.json names as the entry\n');
});

test("a link within the project is followed, and stays a link", async () => {
  const root = projectOf(PLAIN);
  mkdirSync(path.join(root, "deploy"));
  writeFileSync(path.join(root, "deploy/Dockerfile"), "FROM scratch\n");
  symlinkSync("deploy/Dockerfile", path.join(root, "Dockerfile"));
  expect(await generated(root, "--docker", "--force")).toContain("overwrite  Dockerfile");
  expect(readlinkSync(path.join(root, "Dockerfile"))).toBe("deploy/Dockerfile");
  expect(readFileSync(path.join(root, "deploy/Dockerfile"), "utf8")).toContain("HEALTHCHECK");
});

test("what is written over keeps its mode and its owner", async () => {
  const root = projectOf({ ...PLAIN, Dockerfile: "FROM scratch\n" });
  chmodSync(path.join(root, "package.json"), 0o600);
  chmodSync(path.join(root, "Dockerfile"), 0o664);
  if (process.getuid?.() === 0) chownSync(path.join(root, "package.json"), 4711, 4711);
  const before = statSync(path.join(root, "package.json"));
  await generated(root, "--docker", "--force");
  const { mode, uid, gid } = statSync(path.join(root, "package.json"));
  expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
  expect(statSync(path.join(root, "Dockerfile")).mode & 0o777).toBe(0o664);
});

test("a folder that cannot be written to: exit 77, and nothing is written", async () => {
  const root = projectOf(PLAIN);
  mkdirSync(path.join(root, "rel"));
  chmodSync(path.join(root, "rel"), 0o555);
  chmodSync(root, 0o777);
  // root may write everywhere.
  const asNobody = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : ["env"];
  const [program = "", ...words] = asNobody;
  const command = [process.execPath, REMSH, "gen", "release"];
  expect(await start(program, [...words, ...command], { cwd: root }).finished).toEqual({
    stdout: "",
    stderr: 'Cannot write "rel/env.sh": the folder "rel" cannot be written to\n',
    code: 77,
  });
  expect(Object.keys(filesIn(root))).toEqual(["package.json", "server.js"]);
});

test("the example's release is what is generated", async () => {
  const { stdout } = await gen(path.join(import.meta.dirname, "../../../examples/shop"), "--dry-run");
  for (const line of ["keep       release.ts", "identical  bin/shop", "identical  package.json"])
    expect(stdout).toContain(line);
  expect(stdout).toContain("identical  rel/hooks/post_start.d/10-migrate\n");
});

test("--json is one document, of a failure too", async () => {
  const root = projectOf(PLAIN);
  const { stdout } = await gen(root, "--json");
  const created = ["release.js", "bin/shop", "rel/env.sh", "rel/hooks/README.md"];
  expect(JSON.parse(stdout)).toEqual({
    app: "shop",
    root,
    dryRun: false,
    files: [...created.map((name) => ({ path: name, action: "create" })), { path: "package.json", action: "update" }],
    notes: [],
    next: ["npm install remsh", "bin/shop start", "bin/shop rpc Release.hello"],
  });
  const failed = await gen(temporaryDirectory(), "--json");
  expect(JSON.parse(failed.stdout)).toMatchObject({ error: { family: "command", code: "USAGE" }, exitCode: 64 });
  expect(failed.stderr).toBe("");
});

test("another's file of the temporary name stays, and is told", () => {
  const root = projectOf({ [`.Dockerfile.${process.pid}`]: "another's" });
  const target = path.join(root, "Dockerfile");
  expect(() => writeFile({ path: "Dockerfile", text: "", target, action: "create" })).toThrow(
    /^Cannot write "Dockerfile": EEXIST: /,
  );
  expect(filesIn(root)).toEqual({ [`.Dockerfile.${process.pid}`]: "another's" });
});

test("what has been written before a file that cannot be is said", async () => {
  const root = projectOf(PLAIN);
  // No file may be larger than one block of 512 or 1024 bytes: the launcher is.
  const limited = ["-c", 'ulimit -f 1; exec "$@"', "sh", process.execPath, REMSH, "gen", "release"];
  const { stdout, stderr, code } = await start("dash", limited, { cwd: root }).finished;
  expect(stdout).toBe(`shop, in ${root}\ncreate     release.js\n`);
  expect(stderr).toMatch(/^Cannot write "bin\/shop": EFBIG.* \(written before it: release.js\)\n$/);
  expect(code).toBe(78);
  expect(readdirSync(path.join(root, "bin"))).toEqual([]);
});
