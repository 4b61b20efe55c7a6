// What the new process of a restart has from the start that it replaces: its words, its environment, its Node.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, NODE, removeTemporary, start, stop } from "../../end-to-end/processes.ts";
import { makeProject, type ProjectOptions, type TestProject } from "./project.ts";

const daemons: TestProject[] = [];
afterAll(async () => {
  await Promise.all(daemons.splice(0).map(({ shop }) => shop("stop", "--timeout", "2s")));
  removeTemporary();
});

const DONE = { stdout: "", stderr: "", code: 0 };
const RELEASE = `export const Release = {
  words: () => process.argv.slice(2),
  env: (...names) => names.map((name) => process.env[name] ?? null),
};`;

const linux = describe.runIf(process.platform === "linux");

function appOf(options: ProjectOptions = {}): TestProject {
  const project = makeProject({ ...options, files: { "release.js": RELEASE, ...options.files } });
  daemons.push(project);
  return project;
}

async function asked(project: TestProject, ...words: string[]): Promise<unknown> {
  const { stdout } = await project.shop("--json", "rpc", ...words);
  return (JSON.parse(stdout) as { value: unknown }).value;
}

/** A Node that says it is of another version. */
function nodeOf(version: string, { root }: TestProject): string {
  const disguise = path.join(root, `as-${version}.cjs`);
  writeFileSync(
    disguise,
    `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`,
  );
  const file = path.join(root, `node-${version}`);
  writeFileSync(file, `#!/bin/sh\nexec "${NODE}" -r "${disguise}" "$@"\n`, { mode: 0o755 });
  return file;
}

linux("restart", () => {
  let project: TestProject;
  beforeAll(async () => {
    const environment = 'export GROWS="$GROWS+" SET=${SET_BY:-nothing} LINES_OF="a\nb"';
    project = appOf({ files: { "rel/env.sh": environment } });
    const given = { COLOUR: "red\nand blue", SET_BY: "the start" };
    expect(await project.startShop(["daemon", "--", "--port", "a b", ""], given).finished).toEqual(DONE);
  });

  const names = ["GROWS", "SET", "COLOUR", "LINES_OF", "SECRET"];

  test("gives the new process the words and the environment of the start, and says what differs", async () => {
    const { finished } = project.startShop(["restart"], { COLOUR: "green", SECRET: "s3cret", TERM: "other" });
    const id = (await finished).stderr.split(" ")[1];
    expect(await finished).toEqual({
      stdout: "",
      stderr: `shop ${id} keeps the environment of its start, and COLOUR, SECRET, SET_BY differ here (restart --update-env takes them)\n`,
      code: 0,
    });
    expect(await asked(project, "Release.words")).toEqual(["--port", "a b", ""]);
    expect(await asked(project, "Release.env", ...names)).toEqual(["+", "the start", "red\nand blue", "a\nb", null]);
  });

  test("reads rel/env.sh again, and not what it has set before", async () => {
    writeFileSync(path.join(project.root, "rel/env.sh"), 'export GROWS="$GROWS+"');
    expect(await project.startShop(["restart"], { COLOUR: "red\nand blue", SET_BY: "the start" }).finished).toEqual(
      DONE,
    );
    expect(await asked(project, "Release.env", ...names)).toEqual(["+", null, "red\nand blue", null, null]);
  });

  test("works when the start was killed, and when Node is another one in this place", async () => {
    const app = Number((await project.shop("pid")).stdout);
    const supervisor = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${app}/status`, "utf8"))?.[1]);
    process.kill(supervisor, "SIGKILL");
    const { finished } = project.startShop(["restart", "--json"], { REMSH_NODE: nodeOf("18.20.0", project) });
    const { code, stdout } = await finished;
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      restarted: true,
      keeps: expect.arrayContaining(["COLOUR", "REMSH_NODE"]) as string[],
    });
    expect(await asked(project, "Release.words")).toEqual(["--port", "a b", ""]);
    expect(await asked(project, "Release.env", "COLOUR", "REMSH_NODE")).toEqual(["red\nand blue", NODE]);
  });

  test("takes new words, and the caller's environment with --update-env", async () => {
    expect(await project.startShop(["restart", "--update-env", "--", "new"], { COLOUR: "green" }).finished).toEqual(
      DONE,
    );
    expect(await asked(project, "Release.words")).toEqual(["new"]);
    expect(await asked(project, "Release.env", ...names)).toEqual(["+", null, "green", null, null]);
  });

  test("refuses a Node that cannot run the app before it stops the app", async () => {
    const file = path.join(project.root, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
    writeFileSync(file, JSON.stringify({ ...manifest, engines: { node: ">=99" } }));
    const before = (await project.shop("pid")).stdout;
    const refused = async (version: string) => {
      const { finished } = project.startShop(["restart", "--update-env"], { REMSH_NODE: nodeOf(version, project) });
      return (await finished).stderr.replaceAll(NODE, "NODE");
    };
    expect(await refused("18.20.0")).toBe(
      'Cannot start shop: "NODE" is Node 18.20.0, and remsh needs 20.19 or newer (set REMSH_NODE)\n',
    );
    expect(await refused("98.0.0")).toMatch(
      /^Cannot restart shop \d+: package\.json in "\S+" asks for Node >=99, "NODE" is Node 98\.0\.0, and it runs on \S+ now \(set REMSH_NODE\)\n$/,
    );
    expect((await project.shop("pid")).stdout).toBe(before);
    writeFileSync(file, JSON.stringify(manifest));
  });

  test("keeps words and environment of an app that was started without the launcher", async () => {
    const registered = appOf();
    const { root } = registered;
    const words = ["--import", "remsh/register", "server.js", "--port", "4000"];
    const app = start(NODE, words, { env: { ...registered.env, COLOUR: "red" }, cwd: root });
    await eventually(async () => (await registered.shop("ping")).code === 0, "the agent listens");
    expect(await registered.shop("restart")).toMatchObject({ code: 0 });
    await stop(app);
    expect(await asked(registered, "Release.words")).toEqual(["--port", "4000"]);
    expect(await asked(registered, "Release.env", "COLOUR")).toEqual(["red"]);
  });
});

test("the arguments and variables of package.json are the app's, its hooks' and eval's", async () => {
  const hook = 'echo "$PORT $COLOUR" >>"$REMSH_ROOT/seen"';
  const project = appOf({
    hooks: { "pre_start/10": hook, "post_start/10": hook },
    remsh: { args: ["--port", "4000"], env: { PORT: 4000, COLOUR: "red" } },
  });
  expect(await project.startShop(["daemon", "--", "more"], { COLOUR: "blue" }).finished).toEqual(DONE);
  expect(await asked(project, "Release.words")).toEqual(["--port", "4000", "more"]);
  expect(await asked(project, "Release.env", "PORT", "COLOUR")).toEqual(["4000", "blue"]);
  expect(readFileSync(path.join(project.root, "seen"), "utf8")).toBe("4000 blue\n4000 blue\n");
  const { stdout } = await project.shop("eval", "--json", "Release.env", "PORT", "COLOUR");
  expect(JSON.parse(stdout)).toMatchObject({ value: ["4000", "red"] });
});

test("daemon --check starts nothing, and tells on which Node the app would run", async () => {
  const { shop, root } = makeProject({ remsh: { nodeArgs: ["--max-old-space-size=512"] } });
  expect(await shop("daemon", "--check")).toEqual(DONE);
  const { stdout } = await shop("daemon", "--check", "--json");
  expect(JSON.parse(stdout)).toEqual({
    app: "shop",
    version: "1.0.0",
    node: expect.stringMatching(/^\d/) as string,
    program: NODE,
  });
  expect(await shop("ping")).toMatchObject({ code: 69 });
  const file = path.join(root, "package.json");
  writeFileSync(file, readFileSync(file, "utf8").replace("--max-old", "--min-old"));
  expect(await shop("daemon", "--check")).toMatchObject({
    stderr: expect.stringMatching(
      /^Cannot start shop: Node \S+ says "bad option: --min-old-space-size=512"\n$/,
    ) as string,
    code: 78,
  });
});
